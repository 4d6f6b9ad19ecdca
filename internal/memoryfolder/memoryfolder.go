// Package memoryfolder lets tests keep their files where no commit waits for a disk. Only tests import it: what a program
// stores must outlive the machine's next start.
package memoryfolder

import (
	"os"

	"golang.org/x/sys/unix"
)

// path is memory on every Linux; elsewhere there is no such folder, and files stay where they would be.
const path = "/dev/shm"

// least is the free space below which the memory is left alone: a container often has 64 MB of it, and a memory map of a
// file that found no room ends the process.
const least = 1 << 30

// Use makes the memory the folder for temporary files of this process, testing.T's too, and of those that it starts. It
// belongs into TestMain.
func Use() {
	var room unix.Statfs_t
	if err := unix.Statfs(path, &room); err != nil || room.Bavail*uint64(room.Bsize) < least || unix.Access(path, unix.W_OK) != nil {
		return
	}
	_ = os.Setenv("TMPDIR", path) // where that can't be, files stay where they would be
}
