package wizard

import (
	"strings"
	"testing"

	"kisiflow/kisi"
	"kisiflow/ui/setup"
)

// A group that was made while the list was open is found at once after reading again: it says that it is new, the others do not.
func TestAGroupFoundByReadingAgainSaysThatItIsNew(t *testing.T) {
	gym := newRiverside()
	w := pressed(sized(gym.at(t, setup.AskAssociations), 80, 23), "tab", "enter", "r")
	read := gym.work(w.facts)
	read.Result.Choices.Groups = append(read.Result.Choices.Groups, kisi.Group{ID: 9, Name: "Climbing wall", LocksCount: 2, LoginEnabled: true})
	view := w.fed(read).View()
	if !strings.Contains(view, "new: 2 doors, 0 people in it") || strings.Count(view, "new: ") != 1 {
		t.Error(view)
	}
}
