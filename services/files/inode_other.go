//go:build !unix

package files

import "io/fs"

// inode is 0 where the system does not tell it without opening the file.
func inode(fs.FileInfo) uint64 { return 0 }
