//go:build tiny

package main

import "context"

// dashboard is the table in this build: it starts the instance if none runs,
// and shows it.
func dashboard(ctx context.Context, a *app) error { return upDetached(ctx, a) }
