package live

import (
	"strings"

	"kisiflow/gymflow"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// evidence is what Gymflow said about the member in the last complete read.
func (p *page) evidence(c *composer) {
	s := p.scene
	c.heading("Evidence from Gymflow")
	switch {
	case !p.read:
		c.say("Reading.", 2)
		return
	case !p.found:
		c.say("The last complete read of Gymflow did not have this member.", 2)
		return
	}
	if p.member.Unreadable != "" {
		c.say(look.Clean(p.member.Unreadable), 2)
	}
	for _, holding := range p.member.Holdings {
		c.say(s.holdingSentence(holding), 2)
	}
	if len(p.member.Holdings) == 0 {
		c.say("Holds no membership.", 2)
	}
	if debt := p.member.OverdueSince; !debt.IsZero() {
		c.say("An invoice is overdue since "+s.day(debt)+".", 2)
	}
	if p.member.Blocked {
		c.say("Staff blocked this member in Gymflow.", 2)
	}
	c.say(appSentence(p.member.App), 2)
	if at := s.facts.standings.readAt; !at.IsZero() {
		c.say("Read "+s.when(at)+".", 2)
	}
}

// holdingSentence is one purchase with its status and dates.
func (s *scene) holdingSentence(holding gymflow.Holding) string {
	told := []string{look.Clean(string(holding.Status))}
	for _, date := range []struct {
		word string
		day  gymflow.Date
	}{
		{"starts ", holding.StartsOn}, {"last day ", holding.EndsOn}, {"paused from ", holding.PausedFrom},
		{"resumes ", holding.ResumesOn}, {"overdue since ", holding.OverdueSince},
	} {
		if !date.day.IsZero() {
			word := date.word
			if word == "starts " && !date.day.After(s.today()) {
				word = "started "
			}
			told = append(told, word+s.day(date.day))
		}
	}
	if holding.PrimaryMemberID != "" {
		told = append(told, "shared by member "+look.Clean(holding.PrimaryMemberID))
	}
	return s.membershipName(holding.MembershipID) + ": " + strings.Join(told, ", ")
}

func (s *scene) membershipName(id string) string {
	for _, membership := range s.facts.standings.memberships {
		if membership.ID == id && membership.Name != "" {
			return look.Clean(membership.Name)
		}
	}
	return "membership " + look.Clean(id)
}

// appSentence is what the member's phone reported; what it did not report is left out.
func appSentence(app *gymflow.App) string {
	if app == nil {
		return "App: not known."
	}
	var told []string
	for _, state := range []struct {
		value   *bool
		yes, no string
	}{
		{app.SignedIn, "signed in", "signed out"}, {app.Bluetooth, "Bluetooth on", "Bluetooth off"},
		{app.Location, "location on", "location off"}, {app.PrimaryDevice, "primary device", "not the primary device"},
	} {
		switch {
		case state.value == nil:
		case *state.value:
			told = append(told, state.yes)
		default:
			told = append(told, state.no)
		}
	}
	if len(told) == 0 {
		return "App: not known."
	}
	return "App: " + words.List(told) + "."
}

// history is the member's part of the journal, newest first.
func (p *page) history(c *composer) {
	c.heading("Timeline")
	if p.read && len(p.timeline) == 0 {
		c.say("Nothing has happened to this member's access yet.", 2)
	}
	for _, entry := range p.timeline {
		told := beforeAfter(entry)
		if entry.Kind == store.Granted || entry.Kind == store.Revoked {
			told = "" // the word says it
		}
		text := strings.Join(nonEmpty(string(entry.Kind), entry.Group, told), "  ")
		c.out = append(c.out, "   "+c.theme.Faint.Render(look.PadRight(p.scene.when(entry.At), timeWidth))+" "+
			look.Cut(text, c.width-timeWidth-3))
		if more := strings.Join(nonEmpty(full(entry.Evidence), byWhom(entry)), " "); more != "" {
			for _, line := range look.Paragraph(more, c.width-timeWidth-3) {
				c.out = append(c.out, strings.Repeat(" ", timeWidth+4)+c.theme.Faint.Render(line))
			}
		}
	}
}

// timeWidth holds "yesterday 18:30".
const timeWidth = 16

func beforeAfter(entry store.Entry) string {
	if entry.Kind == store.RunEnded {
		return entry.After // before it ended there was nothing to tell
	}
	if entry.Before == "" && entry.After == "" {
		return ""
	}
	return orNothing(entry.Before) + " → " + orNothing(entry.After)
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func byWhom(entry store.Entry) string {
	if entry.By == "" {
		return ""
	}
	return "By " + entry.By + "."
}
