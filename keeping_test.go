package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kisiflow/service"
	"kisiflow/store"
)

// TestTheWizardSeesWhatSystemdDoes goes by a systemctl of its own, and by units in folders of its own.
func TestTheWizardSeesWhatSystemdDoes(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(folder, "config"))
	app := &application{state: filepath.Join(folder, "state.db")}
	if _, err := store.Open(app.state); err != nil {
		t.Fatal(err)
	}
	found, err := keeping{app}.Look(t.Context())
	if err != nil || !strings.Contains(found.Missing, "systemd does not run here") || found.Offered() {
		t.Fatalf("without systemctl: %+v, %v", found, err)
	}
	script := "#!/bin/sh\nshift 3\ncase \"$1\" in is-system-running) echo running;; show) echo ActiveState=" + "active; echo SubState=running;; esac\n"
	if err := os.WriteFile(filepath.Join(folder, "systemctl"), []byte(script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	found, err = keeping{app}.Look(t.Context())
	if err != nil || !found.Offered() || found.Name != "kisiflow-state" || found.User == "" || found.Machine != (os.Geteuid() == 0) || found.File != service.For(found.Machine).Path("kisiflow-state") {
		t.Fatalf("with systemctl: %+v, %v", found, err)
	}
	// One's own, under another name than the usual one.
	unit := service.Unit{Name: "the-gym", Binary: "/usr/bin/kisiflow", State: app.state}
	if _, err := service.For(false).Install(t.Context(), unit); err != nil {
		t.Fatal(err)
	}
	found, err = keeping{app}.Look(t.Context())
	if err != nil || found.Offered() || !found.Active || found.Name != "the-gym" || found.Machine || !strings.HasPrefix(found.Flags, " --name the-gym") {
		t.Errorf("with a service: %+v, %v", found, err)
	}
}
