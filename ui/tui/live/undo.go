package live

import (
	"errors"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// undoPage shows what undoing one run would do, before anything is asked.
type undoPage struct {
	scene *scene
	plan  reconcile.UndoPlan
	text  scroll
}

// undoPlanned is the engine's plan for undoing a run.
type undoPlanned struct {
	run  string
	plan reconcile.UndoPlan
	err  error
}

func (s *scene) planUndo(run string) tea.Cmd {
	if run == "" {
		s.say("This entry belongs to no run, so there is nothing to undo. Choose one that names a run.")
		return nil
	}
	engine := s.engine
	return func() tea.Msg {
		plan, err := engine.PlanUndo(run)
		return undoPlanned{run, plan, err}
	}
}

func (a *activityPanel) planned(answer undoPlanned) {
	switch {
	case errors.Is(answer.err, reconcile.ErrNoRun):
		a.scene.complain("Run " + look.Clean(answer.run) + " is not known any more.")
	case answer.err != nil:
		a.scene.complain("Not undone: " + sentence(answer.err))
	case answer.plan.Empty():
		a.scene.say("Nothing of run " + look.Clean(answer.run) + " is left to undo.")
	default:
		a.undo = &undoPage{scene: a.scene, plan: answer.plan}
		a.undo.text.resize(a.width, a.height)
		a.undo.compose()
	}
}

func (a *activityPanel) pressOnUndo(press tea.KeyPressMsg) tea.Cmd {
	p, k := a.undo, a.scene.keys
	switch {
	case p.text.press(k, press):
	case matches(press, k.Back), matches(press, k.Left):
		a.undo = nil
	case matches(press, k.Undo):
		return p.ask(func() tea.Cmd {
			a.undo = nil
			return a.scene.requestUndo(p.plan.Run.ID)
		})
	}
	return nil
}

// ask wants a y, and words where so many lose access that the guard would hold them.
func (p *undoPage) ask(yes func() tea.Cmd) tea.Cmd {
	if len(p.plan.Take) > p.scene.facts.settings.Limits.Bounded().StrongCount {
		return p.scene.confirmInWords(p.question(), "UNDO "+look.Clean(p.plan.Run.ID), yes)
	}
	p.scene.confirm(p.question(), yes)
	return nil
}

func (p *undoPage) question() string {
	told := "Undo run " + p.plan.Run.ID + ":"
	if count := len(p.plan.Take); count > 0 {
		told += " take away " + words.Count(count, "access right")
		if len(p.plan.Give) > 0 {
			told += " and"
		}
	}
	if count := len(p.plan.Give); count > 0 {
		told += " give back " + words.Count(count, "access right")
	}
	return told + "?"
}

func (s *scene) requestUndo(run string) tea.Cmd {
	if s.facts.settings.Disabled() {
		s.complain("The integration is switched off, so nothing is undone. Switch it on under Settings.")
		return nil
	}
	request := store.Request{Kind: "undo", Trigger: "undo", Run: run, By: s.by, At: s.now}
	return s.ask(request, "The undo of run "+run+" begins in a moment. Press 2 to see how far it is.")
}

func (p *undoPage) compose() {
	s, plan := p.scene, p.plan
	c := s.composer(p.text.width)
	if p.scene.tall {
		c.blank()
	}
	c.line(s.theme.Title.Render("What undoing run " + look.Clean(plan.Run.ID) + " does"))
	if !plan.Run.Started.IsZero() {
		c.say("It ran "+s.when(plan.Run.Started)+": "+words.Number(plan.Run.Granted)+" granted, "+words.Number(plan.Run.Revoked)+" revoked.", 0)
	}
	c.say("Nothing is done yet. Press u to undo the run, or esc to leave it as it is.", 0)
	c.say("The members below then stay as the undo leaves them, until the rules agree, or until you let the rules decide again on a member's page (o, then f).", 0)
	take := make([]line, 0, len(plan.Take))
	for _, revoke := range plan.Take {
		take = append(take, line{look.Clean(revoke.Name), look.Clean(revoke.GroupName)})
	}
	give := make([]line, 0, len(plan.Give))
	for _, grant := range plan.Give {
		give = append(give, line{nameOfGrant(grant), look.Clean(grant.GroupName)})
	}
	widest := 0
	for _, one := range slices.Concat(take, give) {
		widest = max(widest, look.Width(one.name))
	}
	widest = min(widest, max(c.width/2, 8))
	list(c, "Takes away", take, widest)
	list(c, "Gives back", give, widest)
	if len(plan.Notes) > 0 {
		c.heading("Stays as it is")
		for _, note := range plan.Notes {
			c.say(look.Clean(note), 2)
		}
	}
	p.text.show(c.out)
}

// line is a person and a group.
type line struct{ name, group string }

func list(c *composer, title string, lines []line, widest int) {
	if len(lines) == 0 {
		return
	}
	c.heading(title + " " + words.Count(len(lines), "access right"))
	for _, one := range lines {
		c.line("  " + look.PadRight(one.name, widest) + "  " + one.group)
	}
}

func nameOfGrant(grant access.Grant) string {
	if grant.Name != "" {
		return look.Clean(grant.Name)
	}
	return look.Clean(grant.Email)
}

func (p *undoPage) bindings() bindings {
	k := p.scene.keys
	undo := look.Named(k.Undo, "undo this run")
	back := look.Named(k.Back, "back")
	return bindings{[]key.Binding{undo, back, look.Named(k.Move(), "scroll")}, []key.Binding{undo, back}}
}
