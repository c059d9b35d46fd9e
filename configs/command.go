package configs

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/shellwords"
)

// commandWords splits the text of a command into words. A value of another type
// stays as it is. ~ in front of a word is the home folder, as in a shell.
func (d *decoder) commandWords(key string, v any) (any, error) {
	line, text := v.(string)
	if !text {
		return v, onlyInShell(key, v)
	}
	words, err := shellwords.Split(line)
	var shell *shellwords.ShellError
	if errors.As(err, &shell) {
		return nil, fmt.Errorf("%s needs a shell, which a command does not have; write %s", shell.Operator,
			shellKey(key, line))
	}
	if err != nil {
		return nil, err
	}
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = d.inHome(word)
	}
	return list, nil
}

// inHome puts the home folder in the place of ~.
func (d *decoder) inHome(word string) string {
	if strings.HasPrefix(word, "~/") && d.home != "" {
		return filepath.Join(d.home, word[1:])
	}
	return word
}

// shellKey is how a line for a shell is written: exec has a key for it.
func shellKey(key, line string) string {
	if key == "exec" {
		return "shell = " + strconv.Quote(line)
	}
	return fmt.Sprintf("%s = %s", key, asTOML([]any{"sh", "-c", line}))
}

// onlyInShell finds commands and operators of the shell in a list, where they
// would be arguments or programs.
func onlyInShell(key string, v any) error {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	first, _ := list[0].(string)
	builtins := []string{"cd", "source", "export", "alias", "set", "unset", "eval", "exec", "umask", "ulimit"}
	operators := []string{"&&", "||", "|", ">", ">>", "<", "2>&1", "&>"}
	i := slices.IndexFunc(list, func(word any) bool {
		text, _ := word.(string)
		return slices.Contains(operators, text)
	})
	var what string
	switch {
	case slices.Contains(builtins, first):
		what = first + " is a command of the shell, and no program"
	case i > 0 && first != "expr" && first != "test" && first != "[":
		what = fmt.Sprintf("%v needs a shell, which a command does not have", list[i])
	default:
		return nil
	}
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = shellWord(fmt.Sprint(word), operators)
	}
	return fmt.Errorf("%s; write %s", what, shellKey(key, strings.Join(words, " ")))
}

// shellWord is a word as a shell reads it back.
func shellWord(word string, operators []string) string {
	again, err := shellwords.Split(word)
	if slices.Contains(operators, word) || err == nil && slices.Equal(again, []string{word}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
