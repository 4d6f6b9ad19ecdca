package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
)

// errOtherSide marks a fault that was meant for the other simulator.
var errOtherSide = errors.New("for the other side")

// world is one gym on both sides: a simulated Gymflow and a simulated Kisi whose people are the same.
type world struct {
	gymflow *gymflowtest.Server
	kisi    *kisitest.Server
	place   kisi.Place
}

// The groups that the world offers. Sauna has no doors yet and Staff is organization-wide, so that an admin meets both.
const (
	groupAllHours = "All hours"
	groupOffPeak  = "Off-peak"
	groupSauna    = "Sauna"
	groupStaff    = "Staff"
)

// startWorld makes both sides anew.
func startWorld(wanted simulation, now func() time.Time) (*world, error) {
	w := &world{}
	var err error
	if w.gymflow, err = gymflowtest.Start(gymflowtest.Options{Members: wanted.members, Seed: wanted.seed, Now: now}); err != nil {
		return nil, err
	}
	if w.kisi, err = kisitest.Start(kisitest.Options{Seed: wanted.seed, Now: now}); err != nil {
		w.gymflow.Close()
		return nil, err
	}
	w.furnish()
	w.serveControl(nil)
	if err := w.setFaults(wanted.faults); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// furnish builds the place, its groups, and the people who were in them before kisiflow came.
func (w *world) furnish() {
	w.place = w.kisi.AddPlace(kisi.Place{Name: "Dublin HQ", Address: "12 Custom House Quay, Dublin", TimeZone: "Europe/Dublin", LocksCount: 5})
	allHours := w.kisi.AddGroup(kisi.Group{Name: groupAllHours, PlaceID: w.place.ID, LocksCount: 3, LoginEnabled: true})
	offPeak := w.kisi.AddGroup(kisi.Group{Name: groupOffPeak, PlaceID: w.place.ID, LocksCount: 2, LoginEnabled: true, TimeRestricted: true})
	w.kisi.AddGroup(kisi.Group{Name: groupSauna, PlaceID: w.place.ID, LoginEnabled: true})
	staff := w.kisi.AddGroup(kisi.Group{Name: groupStaff, LocksCount: 5, LoginEnabled: true})

	owner := w.kisi.Owner.ID
	manager := w.kisi.AddUser(kisi.User{Name: "Moira Manager", Email: "moira@gym.example", AccessEnabled: true, ScimEnabled: true})
	w.kisi.AddRight("Group", allHours.ID, kisi.RoleManager, "User", manager.ID, owner)
	w.kisi.AddRight("Group", staff.ID, kisi.RoleBasic, "User", manager.ID, owner)
	cleaner := w.kisi.AddUser(kisi.User{Name: "Clara Cleaner", Email: "clara@cleaning.example", AccessEnabled: true, ScimEnabled: true})
	w.kisi.AddRight("Group", allHours.ID, kisi.RoleBasic, "User", cleaner.ID, owner)
	w.addEarlierPeople(allHours.ID, offPeak.ID, owner)
}

// addEarlierPeople gives some members rights by hand, as a gym does before it has a tool: three who deserve them, one who
// no longer does, one who is suspended.
func (w *world) addEarlierPeople(allHours, offPeak, owner int64) {
	_, _, members := w.gymflow.Gym.Snapshot()
	deserving, ended, suspended := 0, 0, 0
	for _, member := range members {
		if member.Email == "" || len(member.Holdings) == 0 {
			continue
		}
		first := member.Holdings[0]
		active := first.Status == gymflow.Active && first.MembershipID == gymflowtest.UnlimitedMonthly
		switch {
		case active && member.OverdueSince.IsZero() && deserving < 3:
			deserving++
			user := w.kisi.AddUser(kisi.User{Name: member.Name(), Email: member.Email, AccessEnabled: true, ScimEnabled: true})
			w.kisi.AddRight("Group", allHours, kisi.RoleBasic, "User", user.ID, owner)
		case active && member.OverdueSince.IsZero() && suspended < 1:
			suspended++
			w.kisi.AddUser(kisi.User{Name: member.Name(), Email: member.Email, ScimEnabled: true})
		case first.Status == gymflow.Cancelled && len(member.Holdings) == 1 && ended < 1:
			ended++
			user := w.kisi.AddUser(kisi.User{Name: member.Name(), Email: member.Email, AccessEnabled: true, ScimEnabled: true})
			w.kisi.AddRight("Group", offPeak, kisi.RoleBasic, "User", user.ID, owner)
		}
	}
}

// associations are what a sensible admin of this gym would choose.
func (w *world) associations() map[string]string {
	return map[string]string{
		gymflowtest.UnlimitedMonthly: groupAllHours,
		gymflowtest.OffPeak:          groupOffPeak,
		gymflowtest.StudentMonthly:   groupOffPeak,
		gymflowtest.TenDayTrial:      groupAllHours,
		gymflowtest.SixMonthPass:     groupAllHours,
		gymflowtest.DayPass:          groupAllHours,
	}
}

// group finds a group by name.
func (w *world) group(name string) kisi.Group {
	for _, group := range w.kisi.Groups() {
		if group.Name == name {
			return group
		}
	}
	return kisi.Group{}
}

func (w *world) describe() simJSON {
	line := simJSON{KisiURL: w.kisi.URL, KisiKey: w.kisi.Key, GymflowURL: w.gymflow.URL, GymflowToken: w.gymflow.Token,
		PlaceID: w.place.ID, Groups: []simName{}, Memberships: []simText{}}
	for _, group := range w.kisi.Groups() {
		line.Groups = append(line.Groups, simName{group.ID, group.Name})
	}
	_, memberships, _ := w.gymflow.Gym.Snapshot()
	for _, membership := range memberships {
		line.Memberships = append(line.Memberships, simText{membership.ID, membership.Name})
	}
	return line
}

func (w *world) close() {
	w.gymflow.Close()
	w.kisi.Close()
}

// worldFile keeps the demo's two services beside its state file, so that the demo can be taken up again: the state file
// alone would speak of rights in a Kisi that is gone.
type worldFile struct {
	mutex sync.Mutex
	path  string
	saved time.Time     // when the last save ended
	cost  time.Duration // how long it took
}

// savedWorld is the file's content.
type savedWorld struct {
	Place   kisi.Place      `json:"place"`
	Kisi    json.RawMessage `json:"kisi"`
	Gymflow json.RawMessage `json:"gymflow"`
}

// worldPath lies beside the state file.
func worldPath(state string) string { return state + ".demo.json" }

// save writes the file whole or not at all. With force it does so now; else it skips while the last save is so recent
// that saving would take more than a tenth of the time.
func (f *worldFile) save(w *world, force bool) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	begun := time.Now()
	if !force && begun.Sub(f.saved) < 10*f.cost {
		return nil
	}
	kisiDump, err := w.kisi.Dump()
	if err != nil {
		return err
	}
	gymflowDump, err := w.gymflow.Dump()
	if err != nil {
		return err
	}
	content, err := json.Marshal(savedWorld{w.place, kisiDump, gymflowDump})
	if err != nil {
		return fmt.Errorf("saving the demo's services: %w", err)
	}
	if err := writeWhole(f.path, content); err != nil {
		return fmt.Errorf("saving the demo's services: %w", err)
	}
	f.saved = time.Now()
	f.cost = f.saved.Sub(begun)
	return nil
}

// writeWhole replaces a file in one step.
func writeWhole(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// openWorld takes the demo's services up again from the file, or makes them anew when there is none yet.
func openWorld(file *worldFile, wanted simulation, now func() time.Time) (*world, error) {
	content, err := os.ReadFile(file.path)
	if errors.Is(err, os.ErrNotExist) {
		w, err := startWorld(wanted, now)
		if err != nil {
			return nil, err
		}
		w.saveOnWrites(file)
		return w, file.save(w, true)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the demo's services: %w", err)
	}
	var saved savedWorld
	if err := json.Unmarshal(content, &saved); err != nil {
		return nil, fmt.Errorf("%s is damaged; remove it and the state file beside it to begin the demo anew: %w", file.path, err)
	}
	w := &world{place: saved.Place}
	if w.gymflow, err = gymflowtest.Restore(saved.Gymflow, gymflowtest.Options{Now: now}); err != nil {
		return nil, err
	}
	if w.kisi, err = kisitest.Restore(saved.Kisi, kisitest.Options{Seed: wanted.seed, Now: now}); err != nil {
		w.gymflow.Close()
		return nil, err
	}
	w.saveOnWrites(file)
	return w, nil
}

// serveControl lets people change both sides while they run; changed is called after each change.
func (w *world) serveControl(changed func()) {
	w.gymflow.ServeControl(changed)
	w.kisi.ServeControl(changed)
}

// saveOnWrites keeps the file in step with what kisiflow and control wrote, before the answer leaves: a demo that is killed can be
// taken up again like the real thing.
func (w *world) saveOnWrites(file *worldFile) {
	// What is changed by hand is kept at once: a new key that only the state file knew would open nothing later.
	w.serveControl(func() { _ = file.save(w, true) })
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			next.ServeHTTP(response, request)
			if request.Method != http.MethodGet {
				// A failed save costs only the taking up again; the demo itself goes on.
				_ = file.save(w, false)
			}
		})
	})
}

// isDemoState reports whether a state file belongs to the demo: it is new, or the demo's services lie beside it.
func isDemoState(state string) bool {
	if _, err := os.Stat(worldPath(state)); err == nil {
		return true
	}
	info, err := os.Stat(state)
	return errors.Is(err, os.ErrNotExist) || (err == nil && info.Size() == 0 && !strings.HasSuffix(state, string(filepath.Separator)))
}
