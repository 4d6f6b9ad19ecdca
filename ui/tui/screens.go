package tui

import (
	"kisiflow/ui/tui/live"
	"kisiflow/ui/tui/look"
)

// newLive makes the live view.
func newLive(options Options) look.Screen {
	return live.New(live.Options{Store: options.Store, Engine: options.Engine, By: options.By, Now: options.Now, Audit: options.Audit})
}
