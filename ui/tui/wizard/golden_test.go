package wizard

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// screen makes a wizard that stands at a question.
func screen(question setup.Question, width, height int) *Wizard {
	w := New(context.Background(), Options{Now: func() time.Time { return noon }})
	w.facts.Draft.GymflowName, w.facts.Draft.PlaceName = "Riverside Gym", "Dublin HQ"
	w.question = question
	w.page = newPage(&w.shared, question, nil)
	w.SetSize(width, height)
	return w
}

func addressQuestion() setup.Question {
	return setup.Question{
		State: setup.AskAddress, Step: setup.StepGymflow, Kind: setup.Text, Title: "Where is your Gymflow?",
		Body: []string{
			"Gymflow publishes no API of its own. kisiflow reads it through a bridge: an address and a token, which whoever runs the bridge gives you.",
			"Before you start, switch off Gymflow's own Kisi integration.",
		},
		Label: "Address", Default: "https://bridge.riverside.example",
	}
}

func keyQuestion() setup.Question {
	return setup.Question{
		State: setup.AskKey, Step: setup.StepKey, Kind: setup.Secret, Title: "Kisi API key", CanGoBack: true, HasSecret: true,
		Body: []string{"Sign in to Kisi as the organization's owner and make one: My Account > API > Add API key."}, Label: "Key",
		Problem: "Kisi refused the key. Copy it again, whole, or make a new one.",
	}
}

func placeQuestion(places int) setup.Question {
	question := setup.Question{
		State: setup.AskPlace, Step: setup.StepPlace, Kind: setup.Choose, Title: "Which place?", CanGoBack: true, Default: "3",
		Body: []string{"Access groups of this place, and those of the whole organization, can be associated."},
	}
	for i := range places {
		question.Options = append(question.Options, setup.Option{
			ID: fmt.Sprint(i + 1), Label: fmt.Sprintf("Dublin %d", i+1), Detail: fmt.Sprintf("%d Main Street, 4 doors, Europe/Dublin", i+1),
		})
	}
	question.Options[1].Warning = "Dublin 2 has no doors."
	question.Options[2].Label = "北京健身房 \x1b[31mred"
	return question
}

func unlockingQuestion() setup.Question {
	return setup.Question{
		State: setup.AskUnlocking, Step: setup.StepAssociate, Kind: setup.Choose, Title: "How will members unlock the doors?", CanGoBack: true, Default: "managed",
		Body: []string{"This decides whether Kisi writes e-mails to the people whom kisiflow adds. An e-mail to everyone cannot be taken back, so the quiet choice stands first."},
		Options: []setup.Option{
			{ID: "managed", Label: "The gym's own app, a card or a link", Detail: "Managed users: Kisi sends them no e-mail."},
			{ID: "invited", Label: "Kisi's app", Detail: "Invited users: Kisi sends each new person an e-mail to sign up.",
				Warning: "Everyone whom Kisi does not know yet gets an e-mail with the first sync."},
		},
	}
}

func workQuestion(problem string) setup.Question {
	return setup.Question{
		State: setup.LoadReview, Step: setup.StepReview, Kind: setup.Work, Title: "Planning", CanGoBack: true, Problem: problem,
		Body: []string{"Reading Gymflow and Kisi once and comparing them. Nothing is written to Kisi."},
	}
}

func associateQuestion() setup.Question {
	membership := func(id, name string, members int) reconcile.MembershipFacts {
		return reconcile.MembershipFacts{Membership: gymflow.Membership{ID: id, Name: name}, Members: members}
	}
	return setup.Question{
		State: setup.AskAssociations, Step: setup.StepAssociate, Kind: setup.Associate, CanGoBack: true,
		Title: "Which membership opens which access group?",
		Body:  []string{"A membership has one access group, or none; a group may serve many memberships."},
		Choices: &reconcile.Choices{
			Memberships: []reconcile.MembershipFacts{
				membership("m1", "Unlimited Monthly", 1240), membership("m2", "Off-peak", 87), membership("m3", "Online only", 31),
				membership("m4", "Студенческий абонемент на весь год", 5), membership("m5", "健身房会员卡 (全天候)", 9),
			},
			Groups: []kisi.Group{
				{ID: 1, Name: "All hours", PlaceID: 7, LocksCount: 4, UsersCount: 130, LoginEnabled: true},
				{ID: 2, Name: "Off-peak", PlaceID: 7, LocksCount: 2, UsersCount: 12, LoginEnabled: true},
				{ID: 3, Name: "Empty", LocksCount: 0, UsersCount: 0, LoginEnabled: false},
			},
		},
		Chosen:    map[string]int64{"m1": 1, "m3": 0, "m5": 3},
		Suggested: map[string]int64{"m2": 2},
		Notice:    "Press enter again to take the 1 suggestion shown, or choose yourself.",
	}
}

func preview() *reconcile.Preview {
	foreign := func(id int64, name, email string) access.Foreign {
		return access.Foreign{Right: kisi.Right{ID: id, AssigneeEmail: email}, GroupID: 1, Name: name, Entitled: true}
	}
	return &reconcile.Preview{
		Members: 240,
		Groups: []reconcile.GroupChange{
			{GroupID: 1, Name: "All hours", Grant: 1240, Revoke: 0, Keep: 12, Foreign: 3},
			{GroupID: 2, Name: "Off-peak", Grant: 40, Held: 31, Keep: 2},
		},
		Adoptable: []access.Foreign{foreign(11, "Ann Lee", "ann@gym.example"), foreign(12, "", "bo@gym.example"), foreign(13, "李小龍", "lee@gym.example")},
		Others:    []access.Foreign{foreign(14, "Olivia Owner", "owner@gym.example")},
		Plan: access.Plan{
			Grants: []access.Grant{{Name: "Cleo", GroupID: 1, Why: "Unlimited Monthly is active"}},
			Kept:   []access.LedgerEntry{{Name: "Dan", GroupID: 1}},
			Revokes: []access.Revoke{
				{Name: "Eve", Entry: access.LedgerEntry{GroupID: 2}, Why: "Off-peak is cancelled"},
				{Name: "Finn", Entry: access.LedgerEntry{GroupID: 2}, Why: "Off-peak is paused"},
			},
			Foreign: []access.Foreign{foreign(14, "Olivia Owner", "owner@gym.example")},
		},
	}
}

func peopleQuestion() setup.Question {
	return setup.Question{
		State: setup.AskPeople, Step: setup.StepReview, Kind: setup.People, Title: "People who are in these groups already", CanGoBack: true,
		Body:    []string{"3 people in the chosen groups are a member who is entitled to it. Ticked means taken over."},
		Preview: preview(), Left: map[int64]bool{12: true},
	}
}

func reviewQuestion(hold bool) setup.Question {
	question := setup.Question{
		State: setup.AskReview, Step: setup.StepReview, Kind: setup.Review, Title: "Review", CanGoBack: true, Preview: preview(),
		Body: []string{
			"Of 240 members: 1,280 access rights to give, 0 to take away.", "1,320 requests to Kisi, about 6 minutes at the allowed rate.",
			"Kisi will send no e-mails.", "Nothing was written yet. Nothing is, until you confirm.",
		},
	}
	if hold {
		question.Preview.Verdict = access.Verdict{Hold: true}
		question.Warnings = []string{"31 removals are more than 25 and more than 25 % of the 80 access rights that are ours.", "The removals are held until you approve them; everything else goes on."}
	}
	return question
}

func runScreen(width, height int) *Wizard {
	w := screen(setup.Question{
		State: setup.Syncing, Step: setup.StepSync, Kind: setup.Run, Title: "Sync",
		Body: []string{"The link is in force. The first sync runs now."},
	}, width, height)
	running := w.page.(*runPage)
	running.confirmed = true
	running.seen = sight{run: &store.Run{ID: "r1", Outcome: store.OutcomeRunning}, progress: store.Progress{
		Run: "r1", Running: true, Phase: "writing", Done: 320, Total: 1280, Granted: 318, Failed: 2, Rate: 3.96, Left: 4 * time.Minute, Started: noon.Add(-81 * time.Second),
		Troubles: []store.Trouble{{Name: "Gus", Text: "Kisi says that this e-mail is not valid. Correct it in Gymflow."}, {Text: "The group \x1b]0;x\x07Old is gone."}},
	}}
	return w
}

func endScreen(width, height int) *Wizard {
	w := screen(setup.Question{
		State: setup.Finished, Step: setup.StepSync, Kind: setup.End, Title: "Done, with problems",
		Body: []string{"1,278 access rights given, 0 taken away, 14 kept."}, Warnings: []string{"2 members could not be brought in step; the next sync tries again."},
	}, width, height)
	w.page.(*runPage).seen = sight{run: &store.Run{ID: "r1", Granted: 1278, Failed: 2, Outcome: store.OutcomePartial,
		Problems: []store.Trouble{{Name: "Gus", Text: "Kisi says that this e-mail is not valid."}}}}
	return w
}

func pressed(w *Wizard, keys ...string) *Wizard {
	for _, name := range keys {
		w.press(keyOf(name))
	}
	return w
}

func keyOf(name string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "tab": tea.KeyTab, "space": tea.KeySpace}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// screens are all kinds of question, at a size.
func screens(width, height int) map[string]*Wizard {
	working := screen(workQuestion(""), width, height)
	working.page.(*workPage).gauge.set("reading Kisi", 30, 120)
	return map[string]*Wizard{
		"text":          screen(addressQuestion(), width, height),
		"secret":        screen(keyQuestion(), width, height),
		"choose few":    screen(unlockingQuestion(), width, height),
		"choose many":   screen(placeQuestion(60), width, height),
		"choose found":  pressed(screen(placeQuestion(60), width, height), "/", "4", "2"),
		"work":          working,
		"work failed":   screen(workQuestion("Kisi can't be reached: api.kisi.io does not answer. Try again."), width, height),
		"associate":     screen(associateQuestion(), width, height),
		"associate row": pressed(screen(associateQuestion(), width, height), "up", "up"),
		"choose group":  pressed(screen(associateQuestion(), width, height), "tab", "enter", "down", "down"),
		"people":        screen(peopleQuestion(), width, height),
		"review":        screen(reviewQuestion(false), width, height),
		"review held":   screen(reviewQuestion(true), width, height),
		"review names":  pressed(screen(reviewQuestion(true), width, height), "up", "enter"),
		"run":           runScreen(width, height),
		"end":           endScreen(width, height),
	}
}

// picture is what is on the screen, with the cursor's place below it.
func picture(w *Wizard, colour bool) string {
	view := w.View()
	if !colour {
		view = ansi.Strip(view)
	}
	lines := strings.Split(view, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ") + "\n"
	}
	short, _ := w.Bindings()
	text := strings.Join(lines, "") + "[" + ansi.Strip(w.theme.HelpLine(short, w.width)) + "]\n"
	if cursor := w.Cursor(); cursor != nil {
		text += fmt.Sprintf("cursor %d,%d\n", cursor.X, cursor.Y)
	}
	return text
}

func TestScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 23}, {120, 39}, {40, 9}} {
		for name, w := range screens(size[0], size[1]) {
			t.Run(fmt.Sprintf("%dx%d %s", size[0], size[1], name), func(t *testing.T) {
				golden.RequireEqual(t, picture(w, false))
			})
		}
	}
}

func TestEveryScreenFitsItsRegion(t *testing.T) {
	for width := 40; width <= 130; width += 13 {
		for height := 9; height <= 45; height += 4 {
			for name, w := range screens(width, height) {
				lines := strings.Split(w.View(), "\n")
				if len(lines) != height {
					t.Fatalf("%s at %d×%d has %d lines", name, width, height, len(lines))
				}
				for _, line := range lines {
					if look.Width(line) > width {
						t.Fatalf("%s at %d×%d: %q is %d wide", name, width, height, line, look.Width(line))
					}
					if strings.ContainsAny(ansi.Strip(line), "\x1b\x07\t\r") {
						t.Fatalf("%s at %d×%d lets a control character through: %q", name, width, height, line)
					}
				}
				drawn, _ := w.draw()
				if len(drawn) > height {
					t.Errorf("%s at %d×%d draws %d lines: the last ones are cut off", name, width, height, len(drawn))
				}
			}
		}
	}
}
