package main

import (
	"io"
	"regexp"
	"strings"
)

// hintWriter passes plain text on, with every command line that it names made fit to be pasted: the sentences come from all
// rooms, and only this one knows which state file was named.
type hintWriter struct {
	out  io.Writer
	hint func(string) string
}

func (h hintWriter) Write(text []byte) (int, error) {
	if _, err := io.WriteString(h.out, h.hint(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// plain is where sentences for a person go, apart from documents.
func (a *application) plain() io.Writer { return hintWriter{a.out, a.hint} }

// hint writes the given --state or --profile into each command line that a text names, and takes off the full stop that a shell
// would take for a part of it. In the demo the wizard is called demo.
func (a *application) hint(text string) string {
	if !strings.Contains(text, "kisiflow ") {
		return text
	}
	named := regexp.MustCompile(`(?m)\bkisiflow (setup|plan|sync|watch|hooks|service|status|members|explain|activity|undo|override|doctor|doors|unlocks|restore|backup|demo)\b(\.$)?`)
	return named.ReplaceAllStringFunc(text, func(found string) string {
		command := named.FindStringSubmatch(found)[1]
		if a.inDemo && command == "setup" {
			command = "demo"
		}
		return "kisiflow " + a.given + command
	})
}

// givenFlags are the flags that name the state file, as a shell reads them. What stands in the environment is there for the
// next command, too.
func (a *application) givenFlags() string {
	switch {
	case a.state != "":
		return "--state " + shellWord(a.state) + " "
	case a.profile != "":
		return "--profile " + shellWord(a.profile) + " "
	}
	return ""
}

// shellWord quotes what a shell would take apart.
func shellWord(word string) string {
	if regexp.MustCompile(`^[\pL\pN_./@%+:,-]+$`).MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
