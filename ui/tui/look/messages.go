package look

// The messages with which a screen asks the root for something. Each is sent as the result of a command.
type (
	// OpenWizard shows the wizard; with Update it begins at Associate with what is in force.
	OpenWizard struct{ Update bool }
	// OpenLive shows the live view.
	OpenLive struct{}
	// Quit ends the program.
	Quit struct{}
)
