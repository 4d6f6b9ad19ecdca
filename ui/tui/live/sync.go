package live

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// syncPanel says what runs now, what waits for the admin, what went wrong and what ran before.
type syncPanel struct {
	scene *scene
	text  scroll
}

func newSyncPanel(s *scene) *syncPanel { return &syncPanel{scene: s} }

func (p *syncPanel) resize(width, height int) {
	p.text.resize(width, height)
	p.compose() // time passes: "4 min ago"
}

func (p *syncPanel) themed()                        {} // it is composed when it is laid out, which follows
func (p *syncPanel) refresh(parts)                  {}
func (p *syncPanel) entered() tea.Cmd               { return nil }
func (p *syncPanel) paste(tea.Msg) tea.Cmd          { return nil }
func (p *syncPanel) lines() []string                { return p.text.lines(p.scene.theme) }
func (p *syncPanel) cursor() (x, y int, found bool) { return p.text.cursor() }
func (p *syncPanel) typing() bool                   { return false }

func (p *syncPanel) press(press tea.KeyPressMsg) tea.Cmd {
	s := p.scene
	if p.text.press(s.keys, press) || !matches(press, s.keys.Approve) {
		return nil
	}
	if s.heldCount() == 0 {
		s.say("No removals are held, so there is nothing to approve.")
		return nil
	}
	if s.approved() {
		s.say("This list is approved already. The next sync removes these access rights.")
		return nil
	}
	return s.askApproval(s.facts.runs.held)
}

func (p *syncPanel) bindings() bindings {
	k := p.scene.keys
	scrolling := look.Named(k.Move(), "scroll")
	if p.scene.heldCount() == 0 || p.scene.approved() {
		return bindings{[]key.Binding{scrolling}, nil}
	}
	approve := look.Named(k.Approve, "approve the held removals")
	return bindings{[]key.Binding{approve, scrolling}, []key.Binding{approve}}
}

func (p *syncPanel) compose() {
	c := p.scene.composer(p.text.width)
	if p.scene.tall {
		c.blank()
	}
	p.now(c)
	p.held(c)
	p.questions(c)
	p.troubles(c)
	p.pastRuns(c)
	p.text.show(c.out)
}

// now is the running sync, or when the last one ended.
func (p *syncPanel) now(c *composer) {
	s := p.scene
	progress, facts := s.facts.progress, s.facts
	c.line(s.theme.Title.Render("Now"))
	switch {
	case progress.Running && progress.alive:
		p.running(c)
		return
	case progress.Running:
		c.say("The sync broke off: its process is gone.", 2)
		c.say("The next sync settles what it left open. Press s to begin it now.", 2)
		return
	case facts.settings.Disabled():
		c.say("The integration is switched off, so nothing is synced.", 2)
		if ours := facts.standings.ours; ours > 0 {
			c.say("Still open doors: "+words.Count(ours, "access right")+" of kisiflow's.", 2)
			c.say("Press 5: Settings switches it on, or takes those rights back.", 2)
			return
		}
		c.say("Press 5: Settings switches it on.", 2)
		return
	case s.waiting():
		c.say("A sync is asked for, and begins in a moment.", 2)
		return
	case !facts.settings.set:
		c.say(notSetUp, 2)
		return
	case !facts.runs.synced && len(facts.runs.runs) == 0:
		c.say("No sync has run yet. Press s to begin one.", 2)
		return
	}
	if last, found := lastEnded(facts.runs.runs); found {
		c.say(s.runSentence(last), 2)
		for _, note := range last.Notes {
			if s.keyDeath() != "" {
				break // what to do about it follows
			}
			if !facts.runs.isHeld || !slices.Contains(facts.runs.held.Why, note) {
				c.say(note, 2)
			}
		}
		if death := s.keyDeath(); death != "" {
			c.say(death+" Make a new one in Kisi as the organization's owner (My Account > API > Add API Key), and enter it under Settings: press 5, then enter.", 2)
		}
	}
}

func (p *syncPanel) running(c *composer) {
	s, progress := p.scene, p.scene.facts.progress
	c.say(strings.ToUpper(runningWords(progress.Progress)[:1])+runningWords(progress.Progress)[1:]+".", 2)
	if progress.Total > 0 {
		const widest = 40
		c.line("  " + s.theme.Bar(progress.Done, progress.Total, min(widest, c.width-4)))
	}
	var told []string
	if progress.Rate > 0 {
		told = append(told, fmt.Sprintf("%.1f a second", progress.Rate))
	}
	if progress.Left > 0 {
		told = append(told, words.Duration(progress.Left)+" left")
	}
	told = append(told, fmt.Sprintf("%s granted, %s revoked, %s failed",
		words.Number(progress.Granted), words.Number(progress.Revoked), words.Number(progress.Failed)))
	c.say(strings.Join(told, " · "), 2)
	c.say(s.worker(), 2)
	for _, trouble := range progress.Troubles {
		c.say(troubleSentence(trouble), 2)
	}
}

// worker says which process syncs when it is not this one: then leaving here does not stop it.
func (s *scene) worker() string {
	holder := s.facts.progress.holder
	host, err := os.Hostname()
	switch {
	case err == nil && holder.Host == host && holder.PID == os.Getpid():
		return ""
	case err == nil && holder.Host == host:
		return "Another kisiflow on this computer does it (process " + strconv.Itoa(holder.PID) + ")."
	}
	return "The kisiflow on " + look.Clean(holder.Host) + " does it."
}

// runSentence tells of an ended run as one would say it.
func (s *scene) runSentence(run store.Run) string {
	ending := s.when(run.Finished)
	did := fmt.Sprintf("%s granted, %s revoked", words.Number(run.Granted), words.Number(run.Revoked))
	if run.Granted+run.Revoked == 0 {
		did = "nothing had to change"
	}
	switch run.Outcome {
	case store.OutcomeStopped, store.OutcomeFailed:
		if run.Granted+run.Revoked == 0 {
			did = "nothing was changed"
		}
		if slices.ContainsFunc(run.Notes, func(note string) bool { return strings.Contains(note, "Nothing was changed") }) {
			return "The last sync " + run.Outcome + " " + ending + "."
		}
		return "The last sync " + run.Outcome + " " + ending + "; " + did + " before that."
	case store.OutcomePartial:
		return "The last sync ended " + ending + ": " + did + ", " + partly(run) + "."
	}
	if run.Held > 0 {
		if run.Granted+run.Revoked == 0 {
			did = "nothing was changed"
		}
		return "The last sync ended " + ending + ": " + did + ", " + words.Count(run.Held, "removal") + " held."
	}
	if s.keyDeath() != "" {
		return "The last sync ended " + ending + ": " + did + "."
	}
	return "In step. The last sync ended " + ending + ": " + did + "."
}

// held lists the removals that wait, by name, with the guard's sentences.
func (p *syncPanel) held(c *composer) {
	s, list := p.scene, p.scene.facts.runs.held
	if s.heldCount() == 0 {
		return
	}
	c.heading(words.Count(len(list.Removals), "removal") + " held")
	if s.approved() {
		c.say("You approved this list. The next sync removes these access rights.", 2)
	} else {
		for _, why := range list.Why {
			c.say(why, 2)
		}
		c.say(howToApprove(list), 2)
	}
	name, group := 0, 0
	for _, removal := range list.Removals {
		name, group = max(name, words.Width(removal.Name)), max(group, words.Width(removal.GroupName))
	}
	name, group = min(name, max(c.width/4, 8)), min(group, max(c.width/6, 6))
	for _, removal := range list.Removals {
		line := look.PadRight(removal.Name, name) + "  " + look.PadRight(removal.GroupName, group) + "  " + strings.TrimPrefix(removal.Why, removal.Name+" ")
		c.line("  " + look.Cut(line, c.width-2))
	}
}

func (p *syncPanel) questions(c *composer) {
	questions := p.scene.facts.standings.questions
	if len(questions) == 0 {
		return
	}
	c.heading(words.Number(len(questions)) + " to decide")
	for _, question := range questions {
		text := question.Text
		if question.Name != "" && !strings.Contains(text, question.Name) {
			text = question.Name + ": " + text
		}
		c.say(text, 2)
		// The fixes of these two say to look here; what is held of one member says itself what mends it.
		if fix := question.Reason.Fix(); fix != "" && question.Reason != access.IsHeld && question.Reason != access.Failed {
			c.say(fix, 4)
		}
	}
}

// troubles are those of the last run that ended.
func (p *syncPanel) troubles(c *composer) {
	last, found := lastEnded(p.scene.facts.runs.runs)
	if !found || len(last.Problems) == 0 {
		return
	}
	c.heading("What went wrong in " + last.ID)
	for _, trouble := range last.Problems {
		c.say(troubleSentence(trouble), 2)
	}
	if progress := p.scene.facts.progress; !p.scene.facts.settings.Disabled() && (!progress.Running || !progress.alive) {
		c.say("The next sync tries these again. Press s to begin it now.", 2)
	}
}

func troubleSentence(trouble store.Trouble) string {
	if trouble.Name == "" || strings.Contains(trouble.Text, trouble.Name) {
		return trouble.Text
	}
	return trouble.Name + ": " + trouble.Text
}

// pastRuns is a table of fixed columns; the less important ones go when the screen is narrow.
func (p *syncPanel) pastRuns(c *composer) {
	s := p.scene
	runs := s.facts.runs.runs
	if len(runs) == 0 {
		return
	}
	c.heading("Past runs")
	wide := c.width >= 76
	row := func(id, when, trigger, granted, revoked, held, failed, outcome string) string {
		line := "  " + look.PadRight(id, 6)
		if wide {
			line += look.PadRight(when, 17) + look.PadRight(trigger, 10)
		} else {
			line += look.PadRight(when, 13)
		}
		if wide {
			line += look.PadLeft(granted, 7) + look.PadLeft(revoked, 9) + look.PadLeft(held, 6) + look.PadLeft(failed, 8)
		}
		return line + "  " + outcome
	}
	c.line(s.theme.Faint.Render(row("Run", "Began", "Asked by", "Granted", "Revoked", "Held", "Failed", "Outcome")))
	for _, run := range runs {
		c.line(row(run.ID, s.when(run.Started), run.Trigger, words.Number(run.Granted), words.Number(run.Revoked),
			words.Number(run.Held), words.Number(run.Failed), run.Outcome))
	}
}
