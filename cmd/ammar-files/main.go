// Command ammar-files is the files service by itself.
package main

import (
	"os"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/files"
)

func main() {
	os.Exit(server.Main("ammar-files", &files.Service{Config: server.Config{Name: "files"}}, os.Args[1:]))
}
