package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/docs"
)

// storyWidth is how many columns the text of a story takes at most.
const storyWidth = 80

func explainCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain an error by the code at its end",
		Long: `explain tells the story of an error whose text ends with a code in brackets,
such as [port-taken]: what it means, how to see the cause, and how to fix it.
Without a code it lists all codes.`,
		Example: `ammarctl explain port-taken
ammarctl explain --json | jq -r '.[].code'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("expected one code, got %d; ammarctl explain lists them", len(args))}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			if len(args) == 0 {
				for _, s := range docs.Stories() {
					codes = append(codes, s.Code+"\t"+s.Summary)
				}
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			stories := docs.Stories()
			if len(args) == 0 {
				return listStories(a, stories, asJSON)
			}
			story, err := findStory(stories, args[0])
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(story)
			}
			fmt.Fprintf(a.out, "%s: %s\n", story.Code, story.Summary)
			for paragraph := range strings.SplitSeq(story.Text, "\n\n") {
				fmt.Fprintln(a.out)
				for i, item := range strings.Split("\n"+paragraph, "\n- ") {
					if i > 0 {
						printFolded(&a.console, "- ", item)
					} else if strings.TrimSpace(item) != "" {
						printFolded(&a.console, "", item)
					}
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// findStory accepts a code with or without its brackets.
func findStory(stories []docs.Story, given string) (docs.Story, error) {
	code := strings.ToLower(strings.Trim(given, "[]"))
	var codes []string
	for _, s := range stories {
		if s.Code == code {
			return s, nil
		}
		codes = append(codes, s.Code)
	}
	return docs.Story{}, usageError{fmt.Errorf("no error has the code %q%s; ammarctl explain lists all codes",
		given, configs.DidYouMean(code, codes))}
}

func listStories(a *app, stories []docs.Story, asJSON bool) error {
	if asJSON {
		return a.printJSON(stories)
	}
	longest := slices.MaxFunc(stories, func(a, b docs.Story) int { return len(a.Code) - len(b.Code) })
	chapter := ""
	for _, s := range stories {
		if s.Chapter != chapter {
			if chapter != "" {
				fmt.Fprintln(a.out)
			}
			chapter = s.Chapter
			fmt.Fprintln(a.out, chapter)
		}
		fmt.Fprintf(a.out, "  %-*s  %s\n", len(longest.Code), s.Code, s.Summary)
	}
	return nil
}

// printFolded prints a text in lines of at most storyWidth columns. The first
// line begins with the bullet, and the others are indented as far.
func printFolded(con *console, bullet, text string) {
	line, used := bullet, cellsOf(bullet)
	for i, word := range strings.Fields(text) {
		if i > 0 && used+1+cellsOf(word) > storyWidth {
			fmt.Fprintln(con.out, line)
			line, used = strings.Repeat(" ", len(bullet)), len(bullet)
		} else if i > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+cellsOf(word)
	}
	fmt.Fprintln(con.out, line)
}
