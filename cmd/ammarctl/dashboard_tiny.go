//go:build tiny

package main

import "context"

// dashboard is the table in this build: it starts the instance if none runs,
// and shows it.
func (a *app) dashboard(ctx context.Context) error { return a.upDetached(ctx) }
