package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A page is where the report is printed, as plain text or as Markdown.
type page struct {
	w        io.Writer
	markdown bool
}

// heading is below that of a machine.
func (p page) heading(text string) {
	if p.markdown {
		text = "### " + text
	}
	p.paragraph("%s", text)
}

func (p page) paragraph(format string, args ...any) {
	fmt.Fprintf(p.w, format+"\n\n", args...)
}

// table prints rows under a header; the first left columns are aligned to the left, the others to the right.
func (p page) table(left int, header []string, rows [][]string) {
	if p.markdown {
		rule := strings.Repeat("|---", left) + strings.Repeat("|--:", len(header)-left)
		fmt.Fprintf(p.w, "| %s |\n%s|\n", strings.Join(header, " | "), rule)
		for _, row := range rows {
			fmt.Fprintf(p.w, "| %s |\n", strings.Join(row, " | "))
		}
	} else {
		t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', tabwriter.AlignRight)
		widths := leftWidths(left, header, rows)
		for _, row := range append([][]string{header}, rows...) {
			for i, cell := range row {
				if i < left {
					cell = fmt.Sprintf("%-*s", widths[i], cell)
				}
				fmt.Fprintf(t, "%s\t", cell)
			}
			fmt.Fprintln(t)
		}
		t.Flush()
	}
	fmt.Fprintln(p.w)
}

func leftWidths(left int, header []string, rows [][]string) []int {
	widths := make([]int, left)
	for _, row := range append([][]string{header}, rows...) {
		for i := range widths {
			widths[i] = max(widths[i], len(row[i]))
		}
	}
	return widths
}
