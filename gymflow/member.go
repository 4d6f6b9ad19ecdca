package gymflow

import "strings"

// Name is the member's name as people say it; the e-mail or the id when Gymflow has no name.
func (m Member) Name() string {
	name := strings.TrimSpace(strings.TrimSpace(m.FirstName) + " " + strings.TrimSpace(m.LastName))
	switch {
	case name != "":
		return name
	case m.Email != "":
		return m.Email
	}
	return m.ID
}
