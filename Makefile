# What there is to run beside `go build ./...` and `go test ./...`.

.PHONY: check test bench-server bench-supervisor bench-camera test-v4l2

# Everything that continuous integration checks; installs Debian packages.
check:
	.ci/run

test:
	go test ./...

# What is known of holes in what we link; asks vuln.go.dev.
.PHONY: vulncheck
vulncheck:
	go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

# ammarctl beside nginx and lighttpd; writes docs/benchmarks.md and its plots.
bench-server:
	go run ./bench/server $(ARGS)

# ammarctl beside supervisor, runit and s6; writes its part of the same.
bench-supervisor:
	go run ./bench/supervisor $(ARGS)

# Programs that know nothing of it, under ammarctl and others; writes its part of the same.
.PHONY: bench-any
bench-any:
	go run ./bench/any $(ARGS)

# The camera service beside ustreamer, on the same camera; writes its part of the same.
bench-camera:
	go run ./bench/camera $(ARGS)

# The camera on the kernel's own V4L2, in a virtual machine.
test-v4l2:
	test/v4l2/run

# Limits of memory, processor and processes, kept by the kernel, in a virtual machine.
.PHONY: test-limits
test-limits:
	test/limits/run

# The worst done to the supervisor, case by case.
.PHONY: faults
faults:
	go test -count=1 ./test/faults/...

# The pictures in docs/, from the real program in an xterm under Xvfb.
.PHONY: pictures
pictures:
	docs/pictures/make $(ARGS)

# What people download, in dist/: binaries, packages, sums, bill of materials.
.PHONY: release
release:
	go run ./release $(ARGS)

# Only files and the supervisor, for a router's flash.
.PHONY: tiny
tiny:
	CGO_ENABLED=0 go build -tags tiny -trimpath -ldflags '-s -w -buildid=' -o dist/ammarctl-tiny ./cmd/ammarctl
	@wc -c <dist/ammarctl-tiny | awk '{ printf "tiny: %.1f MB", $$1 / 1e6 }'
	@xz -c dist/ammarctl-tiny 2>/dev/null | wc -c | awk '$$1 { printf ", %.1f MB in xz", $$1 / 1e6 }'
	@echo

# 4 GiB up, 4 GiB down in 16 parts and 4 GiB zipped at once; 12 GB of disk.
.PHONY: files-load
files-load:
	FILES_LONG=1 go test -count=1 -timeout 20m -run ThreeGreatTransfers -v ./test/e2e
