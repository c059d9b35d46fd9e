// Command ammar-camera is the camera service as an executable of its own.
package main

import (
	"os"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/camera"
)

func main() { os.Exit(server.Main("ammar-camera", new(camera.Service), os.Args[1:])) }
