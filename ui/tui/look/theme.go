package look

// Theme is the set of styles, built once from the terminal's background.
type Theme struct{}
