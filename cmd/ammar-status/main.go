// Command ammar-status is the status service as an executable of its own.
package main

import (
	"os"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/status"
)

func main() { os.Exit(server.Main("ammar-status", new(status.Service), os.Args[1:])) }
