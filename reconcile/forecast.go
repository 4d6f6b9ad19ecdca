package reconcile

import (
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
)

// Forecast is what dates alone will change, as far as the last complete reading tells.
type Forecast struct {
	From    time.Time // now
	Until   time.Time
	ReadAt  time.Time // when Gymflow was read; zero: never
	Members int
	Changes []access.Coming
	Groups  map[int64]string // names of the groups
	Zone    *time.Location
}

// Forecast reads the state file only. Rights in groups that are withheld stay as they are, so nothing is said about those.
func (e *Engine) Forecast(until time.Time) (Forecast, error) {
	known, set, err := e.recall()
	if err != nil {
		return Forecast{}, err
	}
	if !set {
		return Forecast{}, ErrNotSetUp
	}
	zone, err := zoneOf(known.settings)
	if err != nil {
		return Forecast{}, err
	}
	var roster gymflow.Roster
	var withheld map[int64]string
	err = e.store.View(func(tx *store.Tx) (err error) {
		if roster, err = tx.Roster(); err != nil {
			return err
		}
		withheld, err = tx.Withheld()
		return err
	})
	if err != nil {
		return Forecast{}, err
	}
	told := Forecast{From: e.options.Now(), Until: until, ReadAt: roster.ReadAt, Members: len(roster.Members), Zone: zone, Groups: map[int64]string{}}
	for _, association := range known.settings.Associations {
		told.Groups[association.GroupID] = cleanName(association.GroupName)
	}
	rules := access.Rules{Zone: zone, Associations: known.settings.Associations, GraceDays: known.settings.GraceDays, Overrides: known.overrides}
	for _, change := range access.Forecast(told.From, until, roster, rules) {
		if _, stays := withheld[change.GroupID]; !stays {
			told.Changes = append(told.Changes, change)
		}
	}
	return told, nil
}

// ZoneInForce is the integration's time zone, for dates that a person types.
func ZoneInForce(settings store.Settings) (*time.Location, error) { return zoneOf(settings) }
