package wizard

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kisiflow/reconcile"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

func lastPage(t *testing.T, read func(context.Context) (reconcile.PlaceDoors, error)) *runPage {
	t.Helper()
	wizard := New(t.Context(), Options{})
	page := newRun(&wizard.shared, setup.Question{Kind: setup.End, Title: "Done"}, nil)
	page.parent, page.readDoors = t.Context(), read
	return page
}

func drawn(page *runPage) string {
	lines, _ := page.draw(78, 20)
	return strings.Join(lines, "\n")
}

func TestTheLastPageShowsTheDoorsOnDemand(t *testing.T) {
	failing := error(nil)
	page := lastPage(t, func(ctx context.Context) (reconcile.PlaceDoors, error) {
		return reconcile.PlaceDoors{Place: "Dublin HQ", Doors: []reconcile.Door{
			{Name: "Main entrance", Configured: true, Asked: true, Groups: []reconcile.DoorGroup{{Name: "All hours", Mapped: true}}},
			{Name: "Pool", Configured: true, Asked: true, Groups: []reconcile.DoorGroup{}},
		}}, errors.Join(failing, ctx.Err())
	})
	press := tea.KeyPressMsg{Code: 'd', Text: "d"}
	_, command := page.update(press)
	if !strings.Contains(drawn(page), "Asking Kisi for the doors.") {
		t.Errorf("no progress:\n%s", drawn(page))
	}
	if _, again := page.update(press); again != nil {
		t.Error("it is asked twice at once")
	}
	page.update(command())
	for _, want := range []string{"Doors of Dublin HQ", "Main entrance: All hours.", "Pool. No access group opens it."} {
		if !strings.Contains(drawn(page), want) {
			t.Errorf("%q is missing:\n%s", want, drawn(page))
		}
	}
	if !page.escape() || page.escape() || strings.Contains(drawn(page), "Pool") {
		t.Error("esc closes the doors, once")
	}
	_, command = page.update(press)
	page.escape()
	page.update(command())
	if strings.Contains(drawn(page), "Pool") {
		t.Error("what was stopped is shown")
	}
	failing = errors.New("Kisi can't be reached")
	_, command = page.update(press)
	page.update(command())
	if !strings.Contains(drawn(page), "The doors can't be shown: Kisi can't be reached.") {
		t.Errorf("no reason:\n%s", drawn(page))
	}
	if _, command = page.update(tea.KeyPressMsg{Code: tea.KeyEnter}); command == nil {
		t.Error("enter leads nowhere")
	} else if _, ok := command().(look.OpenLive); !ok {
		t.Error("enter leads elsewhere")
	}
}
