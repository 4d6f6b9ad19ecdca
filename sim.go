package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kisiflow/gymflow/gymflowtest"
	"kisiflow/internal/simcontrol"
	"kisiflow/kisi/kisitest"
)

// simulation says which gym `demo` and `sim` make.
type simulation struct {
	members int
	seed    uint64
	faults  string
}

func (s *simulation) addFlags(command *cobra.Command) {
	command.Flags().IntVar(&s.members, "members", 240, "how many members the gym has")
	command.Flags().Uint64Var(&s.seed, "seed", 7, "same seed, same gym")
}

func (s *simulation) check() error {
	if s.members < 0 || s.members > 50000 {
		return usage("--members %d: give a number from 0 to 50000", s.members)
	}
	return nil
}

// simJSON is the one line that `sim` prints.
type simJSON struct {
	KisiURL      string    `json:"kisi_url"`
	KisiKey      string    `json:"kisi_key"`
	GymflowURL   string    `json:"gymflow_url"`
	GymflowToken string    `json:"gymflow_token"`
	PlaceID      int64     `json:"place_id"`
	Groups       []simName `json:"groups"`
	Memberships  []simText `json:"memberships"`
}

type simName struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type simText struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (a *application) simCommand() *cobra.Command {
	var wanted simulation
	command := &cobra.Command{
		Use:   "sim",
		Short: "Run only the two simulators, on loopback; print one JSON line; run till stopped",
		Long: "Runs a simulated Gymflow and a simulated Kisi on loopback and prints where they are, as one JSON line.\n" +
			"--faults NAME makes them misbehave: " + strings.Join(faultNames(), " ") + ".\n" +
			"Kisi's own limit of 5 requests a second is off unless --faults limit.\n" +
			"GET /sim at either address lists what can be changed while they run.",
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := wanted.check(); err != nil {
				return err
			}
			now, err := a.clock("http://127.0.0.1", "http://127.0.0.1")
			if err != nil {
				return err
			}
			world, err := startWorld(wanted, now)
			if err != nil {
				return err
			}
			defer world.close()
			line, err := json.Marshal(world.describe())
			if err != nil {
				return fmt.Errorf("describing the simulators: %w", err)
			}
			if _, err := fmt.Fprintln(a.out, string(line)); err != nil {
				return fmt.Errorf("saying where the simulators are: %w", err)
			}
			if isTerminal(a.errOut) {
				_, _ = fmt.Fprintf(a.errOut, "What can be changed while they run: curl -s %s and curl -s %s list it.\n",
					world.gymflow.URL+simcontrol.Path, world.kisi.URL+simcontrol.Path)
			}
			<-command.Context().Done()
			return nil
		},
	}
	wanted.addFlags(command)
	command.Flags().StringVar(&wanted.faults, "faults", "", "make the simulators misbehave: gymflow:NAME, kisi:NAME or NAME for both")
	return command
}

// faultNames lists what --faults takes, with the side where only one has it.
func faultNames() []string {
	var names []string
	for _, name := range kisitest.Faults() {
		if slices.Contains(gymflowtest.Faults(), name) {
			names = append(names, name)
		} else {
			names = append(names, "kisi:"+name)
		}
	}
	for _, name := range gymflowtest.Faults() {
		if !slices.Contains(kisitest.Faults(), name) {
			names = append(names, "gymflow:"+name)
		}
	}
	slices.Sort(names)
	return names
}

// setFaults switches faults on: "kisi:NAME", "gymflow:NAME", or "NAME" for whichever side has it; several by comma.
func (w *world) setFaults(faults string) error {
	for fault := range strings.SplitSeq(faults, ",") {
		fault = strings.TrimSpace(fault)
		if fault == "" {
			continue
		}
		var kisiErr, gymflowErr error
		switch side, name, _ := strings.Cut(fault, ":"); side {
		case "kisi":
			kisiErr, gymflowErr = w.kisi.SetFault(name), errOtherSide
		case "gymflow":
			kisiErr, gymflowErr = errOtherSide, w.gymflow.SetFault(name)
		default:
			kisiErr, gymflowErr = w.kisi.SetFault(fault), w.gymflow.SetFault(fault)
		}
		if kisiErr != nil && gymflowErr != nil {
			return usage("--faults %q is not known; there are: %s", fault, strings.Join(faultNames(), " "))
		}
	}
	return nil
}

// everyFiveMinutes is how often an open live view syncs by itself.
const everyFiveMinutes = 5 * time.Minute
