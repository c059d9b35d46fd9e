package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/server/auth"
	"github.com/ammarctl/ammarctl/services/files/access"
)

// passwordCommand makes the hash that the configuration's users have.
func passwordCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "password USER",
		Short: "Make a line for the users of a files service",
		Long: `password asks for a password, or reads a line of its input, and prints the user
with its hash, as the key users of a files service wants it.`,
		Example: `ammarctl password anna
echo "$SECRET" | ammarctl password anna`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || strings.ContainsAny(args[0], ": \t") || args[0] == access.Anyone {
				return usageError{errors.New("expected the name of one user, without colon or space: ammarctl password NAME")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(cmd.InOrStdin(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			hash, err := auth.HashBcrypt(password)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(map[string]string{"user": args[0], "hash": hash})
			}
			fmt.Fprintf(a.out, "%s:%s\n", args[0], hash)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// readPassword reads without showing it where there is a terminal.
func readPassword(in io.Reader, prompt io.Writer) (string, error) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(prompt, "Password: ")
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(prompt)
		return string(text), err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
