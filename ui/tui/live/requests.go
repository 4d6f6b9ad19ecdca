package live

import (
	"cmp"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
	"kisiflow/ui/words"
)

// asked is the answer to a write into the state file.
type asked struct {
	done  string // what to say when it went well
	sync  bool   // a sync was asked for
	letGo string // fingerprint of the list that was approved
	err   error
}

// write puts something into the state file, in a command.
func (s *scene) write(done string, sync bool, write func(*store.Tx) error) tea.Cmd {
	file := s.store
	return func() tea.Msg { return asked{done: done, sync: sync, err: file.Update(write)} }
}

// request is a sync that this admin asks for.
func (s *scene) request() store.Request {
	return store.Request{Kind: "sync", Trigger: "admin", By: s.by, At: s.now}
}

func (s *scene) askSync() tea.Cmd {
	if !s.facts.settings.set {
		s.say(notSetUp)
		return nil
	}
	if s.facts.settings.Disabled() {
		s.complain("The integration is switched off, so nothing is synced. Switch it on under Settings.")
		return nil
	}
	if s.waiting() {
		s.say("A sync is asked for already.")
		return nil
	}
	return s.ask(s.request(), "A sync is asked for. It begins in a moment.")
}

func (s *scene) ask(request store.Request, done string) tea.Cmd {
	return s.write(done, true, func(tx *store.Tx) error {
		_, err := tx.PutRequest(request)
		return err
	})
}

// approve asks for a sync that may do the held removals. The fingerprint is that of the list on screen: approval is a
// ceiling, so a list that grew since is held again.
func (s *scene) approve(list store.Approvable) tea.Cmd {
	request := s.request()
	request.Trigger, request.Approve = "approve", list.Fingerprint
	ask := s.ask(request, "Approved. The next sync, which begins in a moment, removes "+words.Count(len(list.Removals), "access right")+".")
	return func() tea.Msg {
		answer, is := ask().(asked)
		if is && answer.err == nil {
			answer.letGo = list.Fingerprint
		}
		return answer
	}
}

// approved tells that the held removals on screen were approved here, and that the sync which does them has not begun.
func (s *scene) approved() bool {
	return s.waiting() && s.letGo != "" && s.facts.runs.isHeld && s.facts.runs.held.Fingerprint == s.letGo
}

func (s *scene) answered(answer asked) {
	if answer.err != nil {
		s.complain("That was not stored: " + sentence(answer.err))
		return
	}
	if answer.sync {
		s.askedAt, s.letGo = s.now, cmp.Or(answer.letGo, s.letGo)
	}
	s.say(answer.done)
}

// waiting tells that a sync was asked for here and has not begun.
func (s *scene) waiting() bool {
	if s.askedAt.IsZero() || s.facts.progress.Started.After(s.askedAt) {
		return false
	}
	runs := s.facts.runs.runs
	return len(runs) == 0 || runs[0].Started.Before(s.askedAt)
}

// noteOthers tells of what another screen or process decided meanwhile, and withdraws a question about a setting that has
// changed under it. newest is the journal that was known before.
func (s *scene) noteOthers(newest []store.Entry) {
	if len(newest) == 0 {
		return
	}
	for _, entry := range s.facts.runs.newest {
		if entry.Sequence <= newest[0].Sequence {
			return
		}
		decided := entry.Kind == store.SetChanged || entry.Kind == store.OverrideSet || entry.Kind == store.KeyReplaced || entry.Kind == store.Changed
		if !decided || entry.By == "" || entry.By == s.by {
			continue
		}
		told := entry.By + ": " + strings.Join(nonEmpty(string(entry.Kind), entry.Name, beforeAfter(entry)), ", ") + "."
		if s.prompt != nil && s.prompt.settings {
			s.prompt = nil
			told += " Look again before you change it."
		}
		if s.prompt == nil {
			s.say("Changed meanwhile by " + told)
		}
		return
	}
}

// settlePrompt withdraws a question about a list that is not the one on screen any more.
func (s *scene) settlePrompt() {
	if s.prompt == nil || s.prompt.about == "" {
		return
	}
	if held := s.facts.runs; !held.isHeld || held.held.Fingerprint != s.prompt.about {
		s.prompt = nil
		s.complain("The list of held removals changed meanwhile. Look at it again before you approve.")
	}
}

// adopted is the answer of the engine to taking over rights.
type adopted struct {
	name  string // whose; "" when several were meant
	count int
	err   error
}

func (s *scene) takeOver(name string, foreign ...access.Foreign) tea.Cmd {
	engine, by := s.engine, s.by
	return func() tea.Msg {
		count, err := engine.Adopt(foreign, by)
		return adopted{name, count, err}
	}
}

func (s *scene) tookOver(answer adopted) {
	switch {
	case answer.err != nil:
		s.complain("Not taken over: " + sentence(answer.err))
	case answer.count == 0:
		s.say("Nothing was taken over: the access right is not there any more, or is kisiflow's already.")
	case answer.name == "" && answer.count == 1:
		s.say("1 access right taken over: kisiflow now keeps it by the rules.")
	case answer.name == "":
		s.say(words.Count(answer.count, "access right") + " taken over: kisiflow now keeps them by the rules.")
	default:
		s.say(fmt.Sprintf("%s is taken over: kisiflow now keeps this access right by the rules.", answer.name))
	}
}

// sentence is an error as the end of a sentence on screen.
func sentence(err error) string {
	return full(look.Clean(err.Error()))
}
