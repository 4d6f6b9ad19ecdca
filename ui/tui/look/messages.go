package look

import "kisiflow/ui/setup"

// The messages with which a screen asks the root for something. Each is sent as the result of a command.
type (
	// OpenWizard shows the wizard; with Update it begins at Associate with what is in force, with From at that step, all
	// answers kept. Esc on the page at which it began then comes back to the live view.
	OpenWizard struct {
		Update bool
		From   setup.Step
	}
	// OpenLive shows the live view.
	OpenLive struct{}
	// Quit ends the program.
	Quit struct{}
)
