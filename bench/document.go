package main

import (
	"fmt"
	"os"
	"strings"
)

// A block is a part of a file of Markdown, between comments that name it.
type block struct {
	section    string // the heading that a new block goes below; "" if the block must be there
	name, text string
}

func (b block) begin() string { return "<!-- bench " + b.name + " -->\n" }
func (b block) end() string   { return "<!-- /bench " + b.name + " -->\n" }

// rewrite writes the block to a file.
func rewrite(file string, b block) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := b.in(string(old))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(text), 0o666)
}

// in is the document with the block: where it was, or else at the end of its section, or in a new section at the end.
func (b block) in(document string) (string, error) {
	block := b.begin() + strings.TrimSpace(b.text) + "\n" + b.end()
	before, rest, found := strings.Cut(document, b.begin())
	if found {
		_, after, closed := strings.Cut(rest, b.end())
		if !closed {
			return "", fmt.Errorf("there is no %s", strings.TrimSpace(b.end()))
		}
		return before + block + after, nil
	}
	if b.section == "" {
		return "", fmt.Errorf("there is no %s", strings.TrimSpace(b.begin()))
	}
	heading := "\n## " + b.section + "\n"
	before, rest, found = strings.Cut(document, heading)
	if !found {
		return strings.TrimRight(document, "\n") + "\n" + heading + "\n" + block, nil
	}
	section, after, more := strings.Cut(rest, "\n## ")
	if more {
		after = "\n## " + after
	}
	return before + heading + strings.TrimRight(section, "\n") + "\n\n" + block + after, nil
}
