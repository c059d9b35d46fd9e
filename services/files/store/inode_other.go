//go:build !unix

package store

import "io/fs"

// inode is 0 on systems that return it only for an open file.
func inode(fs.FileInfo) uint64 { return 0 }
