package service

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// Text is the unit as it is written.
func (u Unit) Text() string {
	lines := []string{
		marker + "A new install replaces it; what is to stay goes into systemctl edit " + u.Name + ".",
		stateLine + u.State,
		"[Unit]",
		"Description=kisiflow: keeps Kisi's doors in step with Gymflow's memberships (" + specifiers(filepath.Base(u.State)) + ")",
	}
	if u.System { // a user's own manager knows no such target
		lines = append(lines, "Wants=network-online.target", "After=network-online.target")
	}
	lines = append(lines,
		// However often it fails it is tried again: a service that is down for a night is no reason to give up.
		"StartLimitIntervalSec=0",
		"",
		"[Service]",
		"Type=notify",
		"NotifyAccess=main",
		"ExecStart="+u.command(),
		"WatchdogSec=2min",
		"Restart=on-failure",
		"RestartSec=15",
		// 10: not set up. Trying again does not mend that. A wrong call (2) is tried again all the same: Go ends with 2 also when it
		// panics, and when the watchdog ends it.
		"RestartPreventExitStatus=10",
		// kisiflow ends with 128 and the signal's number when it is told to stop.
		"SuccessExitStatus=129 130 143",
		// The request to Kisi in hand is finished, within 20 seconds.
		"TimeoutStopSec=60",
		"UMask=0077",
	)
	if u.System && u.User != "" {
		lines = append(lines, "User="+specifiers(u.User))
	}
	for _, credential := range u.Credentials {
		lines = append(lines, "LoadCredential="+credential.Name+":"+specifiers(credential.Path))
	}
	lines = append(lines, "")
	lines = append(lines, u.sandbox()...)
	wanted := "default.target"
	if u.System {
		wanted = "multi-user.target"
	}
	return strings.Join(append(lines, "", "[Install]", "WantedBy="+wanted, ""), "\n")
}

// command is the call. The secrets are named by the folder that systemd makes for them.
func (u Unit) command() string {
	words := []string{quoted(specifiers(u.Binary))} // $ stands for itself in the first word
	arguments := append([]string{}, u.Arguments...)
	arguments = append(arguments, "watch")
	if u.Listen != "" {
		arguments = append(arguments, "--listen", u.Listen)
	}
	for _, argument := range arguments {
		words = append(words, quoted(dollars(specifiers(argument))))
	}
	for _, credential := range u.Credentials {
		words = append(words, credential.Flag, "%d/"+credential.Name)
	}
	return strings.Join(words, " ")
}

// sandbox is what the service may not do. It needs its state folder, the network, and nothing else. ProtectProc and PrivatePIDs
// are left out on purpose: the lease in the state file looks whether the process that holds it lives.
func (u Unit) sandbox() []string {
	home, temporary := "yes", "yes"
	folder := filepath.Dir(u.State)
	// What lies there must stay to be seen; nothing of it but the state's folder can be written.
	if !u.System || below(u.Binary, "/home", "/root", "/run/user") || below(u.State, "/home", "/root", "/run/user") {
		home = "read-only"
	}
	if below(u.Binary, "/tmp", "/var/tmp") || below(u.State, "/tmp", "/var/tmp") {
		temporary = "no"
	}
	lines := []string{
		"NoNewPrivileges=yes",
		"ProtectSystem=strict",
		"ReadWritePaths=" + quoted(specifiers(folder)),
		"ProtectHome=" + home,
		"PrivateTmp=" + temporary,
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
		"RestrictNamespaces=yes",
		"RestrictRealtime=yes",
		"RestrictSUIDSGID=yes",
		"LockPersonality=yes",
		"MemoryDenyWriteExecute=yes",
		"SystemCallArchitectures=native",
		"SystemCallFilter=@system-service",
		"SystemCallFilter=~@privileged @resources",
		"SystemCallErrorNumber=EPERM",
		"KeyringMode=private",
	}
	if !u.System {
		// A user's manager may mount and drop nothing by itself: it does so inside a user namespace. What takes capabilities away would
		// end the start with 218/CAPABILITIES there, and a user's process has none.
		return append(lines, "PrivateUsers=yes")
	}
	bounding := ""
	if u.privilegedPort() {
		bounding = "CAP_NET_BIND_SERVICE"
	}
	return append(lines,
		"CapabilityBoundingSet="+bounding,
		"AmbientCapabilities="+bounding,
		"PrivateDevices=yes",
		"DevicePolicy=closed",
		"ProtectClock=yes",
		"ProtectControlGroups=yes",
		"ProtectHostname=yes",
		"ProtectKernelLogs=yes",
		"ProtectKernelModules=yes",
		"ProtectKernelTunables=yes",
		"RemoveIPC=yes",
	)
}

// privilegedPort: --listen names a port that only root, or one who is allowed to, may open.
func (u Unit) privilegedPort() bool {
	_, port, err := net.SplitHostPort(u.Listen)
	if err != nil {
		return false
	}
	number, err := strconv.Atoi(port)
	return err == nil && number > 0 && number < 1024
}

// below reports whether a path lies in one of these folders.
func below(path string, folders ...string) bool {
	for _, folder := range folders {
		if strings.HasPrefix(filepath.Clean(path), folder+"/") {
			return true
		}
	}
	return false
}

// specifiers keeps systemd from reading %h and its like in a text.
func specifiers(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// dollars keeps systemd from reading $NAME in an argument of a command line.
func dollars(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// quoted writes a word so that systemd reads it as one: systemd.syntax(7), "Quoting".
func quoted(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\"'\\;") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}
