package main

import (
	"errors"
	"fmt"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
)

// comingJSON is one change of `plan --at --json`.
type comingJSON struct {
	At       time.Time `json:"at"`
	MemberID string    `json:"member_id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	GroupID  int64     `json:"group_id"`
	Group    string    `json:"group"`
	Gains    bool      `json:"gains"`
	Why      string    `json:"why"`
}

// forecastJSON is what `plan --at --json` prints.
type forecastJSON struct {
	From    time.Time    `json:"from"`
	Until   time.Time    `json:"until"`
	ReadAt  *time.Time   `json:"read_at"` // when Gymflow was read; null when it never was
	Members int          `json:"members"`
	Gains   int          `json:"gains"`
	Losses  int          `json:"losses"`
	Changes []comingJSON `json:"changes"`
}

// planAt tells what dates alone will have changed by an instant. It asks neither service.
func (a *application) planAt(open opened, text string, exitCode bool) error {
	engine, err := a.engineFor(open)
	if err != nil {
		return err
	}
	zone, err := reconcile.ZoneInForce(open.settings)
	if err != nil {
		return err
	}
	now, err := a.clock(open.settings.GymflowURL, open.settings.KisiURL)
	if err != nil {
		return err
	}
	until, err := readInstant(text, zone, now())
	if err != nil {
		return err
	}
	told, err := engine.Forecast(until)
	if err != nil {
		return err
	}
	if told.ReadAt.IsZero() {
		return errors.New("nothing was read from Gymflow yet, so no dates are known; run: kisiflow sync")
	}
	if a.json {
		err = a.printJSON(forecastDocument(told))
	} else {
		a.sayForecast(told)
	}
	if err == nil && exitCode && len(told.Changes) > 0 {
		return &exitError{code: exitChanges}
	}
	return err
}

// readInstant reads RFC 3339, or a date, which is the beginning of that day where the doors are.
func readInstant(text string, zone *time.Location, now time.Time) (time.Time, error) {
	until, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, failure := gymflow.ParseDate(text)
		if failure != nil || day.IsZero() {
			return time.Time{}, usage("--at %q is neither a date like 2026-12-31 nor an instant like 2026-12-31T18:00:00Z", text)
		}
		until = access.StartOfDay(day, zone)
	}
	if !until.After(now) {
		return time.Time{}, usage("--at %s is not in the future: what is now shows kisiflow plan", text)
	}
	return until, nil
}

func forecastDocument(told reconcile.Forecast) forecastJSON {
	document := forecastJSON{From: told.From.UTC(), Until: told.Until.UTC(), ReadAt: known(told.ReadAt.UTC()), Members: told.Members, Changes: []comingJSON{}}
	for _, change := range told.Changes {
		if change.Gains {
			document.Gains++
		} else {
			document.Losses++
		}
		document.Changes = append(document.Changes, comingJSON{At: change.At.UTC(), MemberID: change.MemberID, Name: kisi.CleanText(change.Name),
			Email: change.Email, GroupID: change.GroupID, Group: told.Groups[change.GroupID], Gains: change.Gains, Why: change.Why})
	}
	return document
}

func (a *application) sayForecast(told reconcile.Forecast) {
	out := a.plain()
	document := forecastDocument(told)
	stamp := func(at time.Time) string { return at.In(told.Zone).Format("2006-01-02 15:04") }
	if len(document.Changes) == 0 {
		_, _ = fmt.Fprintf(out, "Until %s dates alone change nobody's access.\n", stamp(told.Until))
	} else {
		_, _ = fmt.Fprintf(out, "Until %s dates alone let %d access rights begin and %d end.\n", stamp(told.Until), document.Gains, document.Losses)
	}
	for _, change := range document.Changes {
		word := "loses"
		if change.Gains {
			word = "gains"
		}
		_, _ = fmt.Fprintf(out, "%s  %s (%s) %s %s: %s\n", stamp(change.At), change.Name, kisi.CleanText(change.MemberID), word, change.Group, kisi.CleanText(change.Why))
	}
	_, _ = fmt.Fprintf(out, "As Gymflow was at %s, in the time zone %s.\n", stamp(told.ReadAt), told.Zone)
}
