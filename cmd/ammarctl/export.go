//go:build !tiny

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/export"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func exportCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the services as units or jobs of other engines",
		Long: `export writes the configured services as jobs of another engine. Each keeps its
port, probe, limits, metrics, environment and drain. What the engine cannot
express is said on standard error, and in comments of what is written.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noArgs(cmd, args); err != nil {
				return err
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(
		exportTo(a, export.Compose, "Write a Compose file, for Docker or Podman", "docker compose up reads compose.yaml."),
		exportTo(a, export.Kubernetes, "Write Deployments, Services and Jobs for Kubernetes",
			"kubectl apply -f - reads what is written."),
		exportTo(a, export.Nomad, "Write jobs for Nomad, in JSON", "nomad job run -json - reads what is written. What "+
			"runs by the clock or ends by\nitself is a job of its own: with -o, each has its file."),
	)
	cmd.AddCommand(exportsHere(a)...)
	return cmd
}

func exportTo(a *app, engine, short, how string) *cobra.Command {
	var o export.Options
	var images []string
	var folder string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   engine + " [NAME...]",
		Short: short,
		Long: how + `

Values of secrets are not written, but where the engine takes them from; a
variable in env that is called a password, token or key is treated as one.`,
		Example: fmt.Sprintf("ammarctl export %s\nammarctl export %s --image registry.local/ammarctl:1 -o jobs\nammarctl "+
			"export %s hello --image hello=registry.local/hello:7", engine, engine, engine),
		RunE: func(_ *cobra.Command, args []string) error {
			config, err := configs.Load(a.config, a.getenv)
			if err != nil {
				return err
			}
			o.Name, o.Only = export.Label(a.instance), args
			if err := setImages(&o, images); err != nil {
				return err
			}
			result, err := export.Write(engine, config.Services, o)
			var unknown *export.NoSuchServiceError
			if errors.As(err, &unknown) {
				return &api.Error{Code: api.CodeNoSuchService, Message: err.Error()}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(result)
			}
			for _, n := range result.Notes {
				fmt.Fprintf(a.err, "%s: %s\n", strings.Join(n.Services, ", "), n.Text)
			}
			return writeJobs(&a.console, result.Files, folder)
		},
		ValidArgsFunction: a.completeConfigured,
	}
	cmd.Flags().StringArrayVar(&images, "image", nil, "container image of the services that come with ammarctl, or "+
		"NAME=IMAGE of one service; repeatable")
	cmd.Flags().StringVarP(&folder, "output", "o", "", "folder to write files into, instead of standard output")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: the files, and the notes")
	return cmd
}

// completeConfigured offers the services of the configuration.
func (conns *connections) completeConfigured(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	config, err := configs.Load(conns.config, conns.env)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, s := range config.Services {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// setImages takes IMAGE and NAME=IMAGE. There is no = in the name of an image.
func setImages(o *export.Options, images []string) error {
	o.Image, o.Images = "ammarctl:"+strings.TrimPrefix(version(), "v"), map[string]string{}
	if strings.ContainsAny(o.Image, "+( ") {
		o.Image = "ammarctl:latest" // a build that is no release
	}
	for _, image := range images {
		name, of, one := strings.Cut(image, "=")
		switch {
		case image == "" || one && (name == "" || of == ""):
			return usageError{fmt.Errorf("--image: expected IMAGE or NAME=IMAGE, got %q", image)}
		case one:
			o.Images[name] = of
		default:
			o.Image = image
		}
	}
	return nil
}

// writeJobs prints a single file; several are for a folder.
func writeJobs(con *console, files []export.File, folder string) error {
	if folder == "" {
		if len(files) > 1 {
			var names []string
			for _, f := range files {
				names = append(names, f.Name)
			}
			return usageError{fmt.Errorf("these are %d files, %s: expected -o FOLDER for them, or the names of services",
				len(files), strings.Join(names, ", "))}
		}
		fmt.Fprint(con.out, files[0].Text)
		return nil
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("cannot write jobs: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(folder, f.Name)
		// One that is there may have been edited since.
		if text, err := os.ReadFile(path); err == nil && string(text) != f.Text {
			return fmt.Errorf("cannot write %s: it exists and is another; move it away first", path)
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("cannot write jobs: %w", err)
		}
		if err := os.WriteFile(path, []byte(f.Text), 0o666); err != nil {
			return fmt.Errorf("cannot write jobs: %w", err)
		}
		fmt.Fprintln(con.out, path)
	}
	return nil
}
