package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// schedule is a gym and its history as plain data: what the numbers of a deed mean is found out when it is done, so that a
// schedule can be cut down to the deeds that matter.
type schedule struct {
	Members  []int // a kind of member each
	Groups   int
	Mapped   int  // memberships with an association at first
	KisiPage int  // Kisi sends no more rows a page than this
	GymPage  int  // neither does Gymflow
	Doubles  bool // Kisi makes a right twice when asked twice: nobody knows whether it does
	Adopt    bool // people in the groups are taken over
	Deeds    []deed
}

// deed is one thing that happens. During a run, At is the request before which it happens; -2 is before its second write.
type deed struct {
	Kind    string
	A, B, C int
	During  []deed
	At      int
}

func (d deed) String() string {
	text := fmt.Sprintf("%s(%d,%d,%d)", d.Kind, d.A, d.B, d.C)
	if d.At != 0 {
		text = fmt.Sprintf("%d:%s", d.At, text)
	}
	for _, during := range d.During {
		text += " {" + during.String() + "}"
	}
	return text
}

func (s schedule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "members %v groups %d mapped %d pages %d/%d doubles %v adopt %v", s.Members, s.Groups, s.Mapped, s.KisiPage, s.GymPage, s.Doubles, s.Adopt)
	for _, deed := range s.Deeds {
		b.WriteString("\n  " + deed.String())
	}
	return b.String()
}

// The deeds, as often as they come.
func gymDeeds() []string {
	return []string{
		"owe", "owe", "pay", "pay", "pause", "pause", "resume", "cancel", "cancel", "activate", "activate", "activate", "activate", "vanish", "vanish", "return",
		"move", "move", "move", "move", "second", "link", "unknown word", "block", "ends", "pending",
		"new e-mail", "no e-mail", "share e-mail", "newcomer", "newcomer", "crowd",
	}
}

func kisiDeeds() []string {
	return []string{
		"remove right", "remove right", "remove our right", "remove our right", "add right", "add right", "suspend", "remove user", "add user", "manager", "remove group", "other roles",
	}
}

func faultDeeds() []string { return []string{"kisi fault", "kisi fault", "gymflow fault", "no faults"} }

// kisiFaults: gone-group is not among them. Kisi's 404 of a right by its id is proof by definition; groups that are really
// removed come as a deed.
func kisiFaults() []string {
	return []string{
		"throttle", "throttle-silent", "server-error", "html-502", "reset-before", "reset-after", "truncated", "short-page", "repeated-page",
		"empty-page", "lying-total", "low-total", "cycling", "not-a-list", "slow", "unauthorized-after", "forbidden-group", "lost-list",
		"search-lag", "clock-ahead", "duplicate-allowed", "no-range", "limit",
	}
}

// evenly draws each number as often as the others: rapid's own ranges prefer small ones, and the first member would have all
// the adventures.
func evenly(from, to int) *rapid.Generator[int] {
	numbers := make([]int, to-from+1)
	for i := range numbers {
		numbers[i] = from + i
	}
	return rapid.SampledFrom(numbers)
}

func deeds(t *rapid.T, kinds []string, label string) deed {
	number := evenly(0, 999)
	return deed{Kind: rapid.SampledFrom(kinds).Draw(t, label), A: number.Draw(t, "a"), B: number.Draw(t, "b"), C: number.Draw(t, "c")}
}

// schedules draws gyms of 5 to 40 members with histories of 6 to 24 deeds, about a third of them runs.
func schedules() *rapid.Generator[schedule] {
	return rapid.Custom(func(t *rapid.T) schedule {
		size := evenly(5, 40).Draw(t, "size")
		odd := rapid.SampledFrom([]int{11, 19}).Draw(t, "kinds") // below 12 all members are plain
		drawn := schedule{
			Members:  rapid.SliceOfN(evenly(0, odd), size, size).Draw(t, "members"),
			Groups:   evenly(1, 4).Draw(t, "groups"),
			Mapped:   evenly(1, 5).Draw(t, "mapped"),
			KisiPage: rapid.SampledFrom([]int{5, 17, 250}).Draw(t, "page of Kisi"),
			GymPage:  rapid.SampledFrom([]int{4, 200}).Draw(t, "page of Gymflow"),
			Doubles:  rapid.Bool().Draw(t, "doubles"),
			Adopt:    rapid.Bool().Draw(t, "adopt"),
		}
		for range evenly(6, 24).Draw(t, "deeds") {
			switch kind := evenly(0, 19).Draw(t, "what"); {
			case kind < 6:
				drawn.Deeds = append(drawn.Deeds, drawRun(t))
			case kind < 12:
				drawn.Deeds = append(drawn.Deeds, deeds(t, gymDeeds(), "gym"))
			case kind < 15:
				drawn.Deeds = append(drawn.Deeds, deeds(t, kisiDeeds(), "kisi"))
			case kind < 17:
				drawn.Deeds = append(drawn.Deeds, deeds(t, faultDeeds(), "fault"))
			case kind < 18:
				drawn.Deeds = append(drawn.Deeds, deeds(t, []string{"confirm", "confirm", "adopt", "push", "push", "push"}, "admin"))
			default:
				drawn.Deeds = append(drawn.Deeds, deeds(t, []string{"minutes", "hours", "days"}, "time"))
			}
		}
		return drawn
	})
}

// drawRun: some runs are killed, stopped or approved, and things happen during them.
func drawRun(t *rapid.T) deed {
	run := deeds(t, []string{"sync", "sync", "sync", "sync", "kill", "stop", "approve", "sync confirmed", "looks", "looks", "looks", "kill looks"}, "run")
	for range rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(t, "during") {
		during := deeds(t, slices.Concat(faultDeeds(), faultDeeds(), faultDeeds(), gymDeeds(), kisiDeeds(), []string{"push", "push", "push", "push"}), "during")
		during.At = evenly(1, 14).Draw(t, "at") * rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(t, "later")
		if rapid.Bool().Draw(t, "write") {
			during.At = -evenly(1, 6).Draw(t, "at write")
		}
		run.During = append(run.During, during)
	}
	return run
}
