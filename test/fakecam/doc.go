// Package fakecam gives a program a V4L2 camera that is not there, without a
// driver, without root, and without the program's knowledge: the calls that it
// makes on one path are answered by another process, through the kernel's
// seccomp user notification (seccomp_unotify(2)). What comes out of the
// camera, and what goes wrong with it, is a test's to say.
//
// It works on Linux on amd64. The memory of the buffers is real and mapped by
// the program itself; closing is seen, a descriptor that was handed on is not.
package fakecam
