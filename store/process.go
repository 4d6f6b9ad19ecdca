package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// processMark tells a process from a later one with the same number.
type processMark struct {
	Boot      string // of the kernel; a number means nothing after a reboot
	Namespace string // in which the number counts: a container's 7 is not the host's
	Start     string // in clock ticks since the boot
}

// life is what can be told of a process from here.
type life int

const (
	unknown life = iota // it runs elsewhere
	living
	dead
)

// markOf describes a process of this machine. Where /proc is missing its fields are empty, and only the number counts.
func markOf(pid int) processMark {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	_, start := procStat(pid)
	return processMark{Boot: strings.TrimSpace(string(boot)), Namespace: namespace, Start: start}
}

// procStat gives a process's state letter and start time from /proc/PID/stat, "" where there is none.
func procStat(pid int) (state, start string) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", ""
	}
	// The second field is the command in brackets and may hold anything; the state is the field after it (proc(5)).
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return "", ""
	}
	fields := strings.Fields(string(stat[end+1:]))
	const startField = 22 - 3 // starttime is field 22; fields begins with field 3
	if len(fields) <= startField {
		return "", ""
	}
	return fields[0], fields[startField]
}

// lifeOf tells whether the process that left the mark on a host still lives.
func lifeOf(host string, pid int, mark processMark) life {
	here, err := os.Hostname()
	if err != nil || here != host {
		return unknown
	}
	current := markOf(pid)
	if mark.Boot != current.Boot {
		// The host was started again, and nothing lives through that. Should it be another host of the same name, it
		// loses the lease and learns so at its next write.
		return dead
	}
	if mark.Namespace != current.Namespace {
		return unknown
	}
	if err := unix.Kill(pid, 0); errors.Is(err, unix.ESRCH) { // EPERM: it lives, under another user
		return dead
	}
	if mark.Start != "" && current.Start != "" && mark.Start != current.Start {
		return dead // the number was given to another process
	}
	if state, _ := procStat(pid); state == "Z" || state == "X" {
		return dead // it ended, and only its parent has not asked yet
	}
	return living
}
