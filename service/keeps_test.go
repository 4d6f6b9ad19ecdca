package service

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheServiceOfAStateFileIsFoundByWhatItKeeps(t *testing.T) {
	fakeSystemctl(t, runningSystemd)
	manager := Manager{Systemd{}, filepath.Join(t.TempDir(), "user")}
	if _, found, err := manager.Keeps(t.Context(), someUnit().State); found || err != nil {
		t.Errorf("without a folder: %v, %v", found, err)
	}
	other, ours := someUnit(), someUnit()
	other.Name, other.State = "kisiflow", "/var/lib/kisiflow/other.db"
	ours.Name = "the-gym"
	for _, unit := range []Unit{other, ours} {
		if err := write(manager.Path(unit.Name), unit.Text()); err != nil {
			t.Fatal(err)
		}
	}
	foreign := "[Service]\n" + stateLine + ours.State + "\nExecStart=/bin/true\n"
	if err := os.WriteFile(manager.Path("a-foreign-one"), []byte(foreign), 0o600); err != nil {
		t.Fatal(err)
	}
	state, found, err := manager.Keeps(t.Context(), ours.State)
	if err != nil || !found || state.Name != "the-gym" || !state.Running() {
		t.Errorf("%+v, %v, %v", state, found, err)
	}
	if state, found, err := manager.Keeps(t.Context(), "/var/lib/kisiflow/third.db"); found || err != nil {
		t.Errorf("of a file that none keeps: %+v, %v", state, err)
	}
}
