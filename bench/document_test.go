package main

import "testing"

func TestBlocksAreReplaced(t *testing.T) {
	a := block{"A", "one, A", "\n1\n\n"}
	for _, c := range []struct{ name, document, want string }{
		{"the first", "# Title\n", "# Title\n\n## A\n\n<!-- bench one, A -->\n1\n<!-- /bench one, A -->\n"},
		{
			"in its place",
			"## A\n<!-- bench one, A -->\n0\n\n<!-- /bench one, A -->\nmore\n",
			"## A\n<!-- bench one, A -->\n1\n<!-- /bench one, A -->\nmore\n",
		},
		{
			"another part, other machines",
			"T\n\n## A\n\n<!-- bench two, A -->\n2\n<!-- /bench two, A -->\n\n## A b\n\n<!-- bench one, A b -->\n<!-- /bench one, A b -->\n",
			"T\n\n## A\n\n<!-- bench two, A -->\n2\n<!-- /bench two, A -->\n\n<!-- bench one, A -->\n1\n<!-- /bench one, A -->\n" +
				"\n## A b\n\n<!-- bench one, A b -->\n<!-- /bench one, A b -->\n",
		},
	} {
		got, err := a.in(c.document)
		if err != nil || got != c.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", c.name, err, got, c.want)
		}
		if again, err := a.in(got); err != nil || again != got {
			t.Errorf("%s, once more: %v, got\n%s\nwant\n%s", c.name, err, again, got)
		}
	}
}

func TestBlocksThatAreNotThere(t *testing.T) {
	for _, c := range []struct {
		b        block
		document string
	}{
		{block{"A", "one", "1"}, "<!-- bench one -->\n0\n"},
		{block{"", "one", "1"}, "# Title\n"},
	} {
		if got, err := c.b.in(c.document); err == nil {
			t.Errorf("%+v in %q: no error, got %q", c.b, c.document, got)
		}
	}
}
