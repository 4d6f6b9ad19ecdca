package live

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/ui/tui/look"
)

// person is one member's row, prepared for the list when it is read: cleaned, and folded for the search.
type person struct {
	row         access.Row
	reason      access.Reason
	name        string
	email       string
	memberships string
	groups      string // that open now, or should; "" for neither
	sorted      string // the name as it sorts
	folded      string // name and e-mail as the search sees them
}

func newPerson(row access.Row) person {
	made := person{row: row, name: look.Clean(row.Name), email: look.Clean(row.Email)}
	if row.Reason != nil {
		made.reason = *row.Reason
	}
	if made.name == "" {
		made.name = "(no name)"
	}
	// The store shares what it remembers of a row with the engine and with frames that were drawn before.
	made.row.Memberships, made.row.Entitled, made.row.Groups = slices.Clone(row.Memberships), slices.Clone(row.Entitled), slices.Clone(row.Groups)
	row = made.row
	for index := range row.Memberships {
		row.Memberships[index].Name = look.Clean(row.Memberships[index].Name)
	}
	for _, groups := range [][]access.GroupRef{row.Entitled, row.Groups} {
		for index := range groups {
			groups[index].Name = look.Clean(groups[index].Name)
		}
	}
	made.memberships = strings.Join(currentMemberships(row), ", ")
	made.groups = strings.Join(groupNames(row.Groups, row.Entitled), ", ")
	made.sorted = fold(made.name)
	made.folded = made.sorted + " " + fold(made.email)
	return made
}

// currentMemberships names what the member holds now, or held if that is all there is.
func currentMemberships(row access.Row) []string {
	var current, past []string
	for _, membership := range row.Memberships {
		into := &current
		if ended(membership.Status) {
			into = &past
		}
		if !slices.Contains(*into, membership.Name) {
			*into = append(*into, membership.Name)
		}
	}
	if len(current) > 0 {
		return current
	}
	return past
}

func ended(status string) bool {
	return gymflow.Status(status) == gymflow.Cancelled || gymflow.Status(status) == gymflow.Expired
}

func groupNames(lists ...[]access.GroupRef) []string {
	var names []string
	for _, list := range lists {
		for _, group := range list {
			if !slices.Contains(names, group.Name) {
				names = append(names, group.Name)
			}
		}
	}
	return names
}

// groupsOf names the groups of a member without any: those that their memberships would open.
func (s *scene) groupsOf(who person) string {
	if who.groups != "" {
		return who.groups
	}
	var names []string
	for _, membership := range who.row.Memberships {
		name := s.facts.settings.groups[s.facts.settings.byType[membership.ID]]
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// accessWord is the word for a standing in lists and on the member's page, behind its mark.
func accessWord(standing access.Standing) string {
	word := string(standing)
	switch standing {
	case access.HasAccess:
		word = "yes"
	case access.NoAccess:
		word = "no"
	}
	return look.Mark(standing) + " " + word
}

// fold makes a text comparable for a person who types without accents: lower case, no marks.
func fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	var folded strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		switch r = unicode.ToLower(r); r {
		case 'ø':
			r = 'o'
		case 'ł':
			r = 'l'
		case 'đ', 'ð':
			r = 'd'
		case 'ı':
			r = 'i'
		case 'ß':
			folded.WriteByte('s')
			r = 's'
		case 'æ':
			folded.WriteByte('a')
			r = 'e'
		case 'œ':
			folded.WriteByte('o')
			r = 'e'
		}
		folded.WriteRune(r)
	}
	return folded.String()
}

func isASCII(text string) bool {
	for index := range len(text) {
		if text[index] > '~' {
			return false
		}
	}
	return true
}

// found tells whether every word of a folded query is part of the folded text.
func found(folded string, query []string) bool {
	for _, word := range query {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return true
}
