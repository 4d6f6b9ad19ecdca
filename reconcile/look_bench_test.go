package reconcile

import (
	"fmt"
	"testing"
)

// BenchmarkLook is one pushed change, from the list to Kisi's answer, in gyms of several sizes.
func BenchmarkLook(b *testing.B) {
	for _, size := range []int{200, 2000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorld(b, 0, 1)
			w.members(size, "ms")
			w.setUp("ms", w.groups[0])
			w.sync(0)
			defer w.engine.keepServices()()
			l := &loop{engine: w.engine}
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				id := fmt.Sprintf("m%03d", (i/2)%size)
				if i%2 == 0 {
					w.holding(id, overdue)
				} else {
					w.holding(id, paid)
				}
				w.push(id)
				b.StartTimer()
				if err := l.attend(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
