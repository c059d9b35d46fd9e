package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ammarctl/ammarctl/internal/contract"
)

var update = flag.Bool("update", false, "write docs/commands.md anew")

func TestTheReferenceIsUpToDate(t *testing.T) {
	const path = "../../docs/commands.md"
	t.Setenv(contract.Supervisor, "") // the default of a flag
	want := reference((&app{}).root())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale; update it with: go test ./cmd/ammarctl -run Reference -update\n-want +file:\n%s", path,
			diff)
	}
}

// reference is docs/commands.md, made from the commands.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\n<!-- Written by: go test ./cmd/ammarctl -run Reference -update -->\n\n" +
		oneLine(root.Long) + "\n")
	walk(root, func(cmd *cobra.Command) {
		if cmd == root {
			writeFlags(&b, "Every command has these flags:", root.PersistentFlags())
			b.WriteString("\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 no such service, 4 no instance is running.\n")
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s\n```\n\n%s.\n", cmd.CommandPath(), cmd.UseLine(), cmd.Short)
		if cmd.Long != "" {
			b.WriteString("\n" + oneLine(cmd.Long) + "\n")
		}
		writeFlags(&b, "", cmd.LocalNonPersistentFlags())
		if cmd.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", cmd.Example)
		}
	})
	b.WriteString("\n## ammarctl completion\n\n```text\nammarctl completion bash|zsh|fish|powershell\n```\n\n" +
		"Print what makes the shell complete commands, flags, files and the names of services.\n\n" +
		"```sh\nsource <(ammarctl completion bash)\n```\n")
	return b.String()
}

func writeFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	if title != "" {
		b.WriteString("\n" + title + "\n")
	}
	b.WriteString("\n| flag | default | |\n| --- | --- | --- |\n")
	flags.VisitAll(func(f *pflag.Flag) {
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := ""
		if f.DefValue != "" && f.DefValue != "false" {
			value = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, value, strings.ReplaceAll(f.Usage, "|", `\|`))
	})
}

// oneLine takes out the line breaks that are there for terminals.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestEveryCommandIsExplained(t *testing.T) {
	walk((&app{}).root(), func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: %q is no short explanation", cmd.CommandPath(), cmd.Short)
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if len(line) > 90 {
				t.Errorf("%s: too long for a terminal: %s", cmd.CommandPath(), line)
			}
		}
		for _, flags := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) {
				if f.Usage == "" || strings.Contains(f.Usage, "`") {
					t.Errorf("%s --%s: %q", cmd.CommandPath(), f.Name, f.Usage)
				}
			})
		}
	})
}
