// loadobject reads a BPF object with cilium/ebpf, prints a line for each program, and loads everything into the kernel.
package main

import (
	"errors"
	"fmt"
	"os"
	"sort"

	"github.com/cilium/ebpf"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: loadobject OBJECT")
		os.Exit(2)
	}
	if err := show(os.Args[1]); err != nil {
		var refusal *ebpf.VerifierError
		if errors.As(err, &refusal) {
			fmt.Fprintf(os.Stderr, "%+v\n", refusal)
		}
		fmt.Fprintln(os.Stderr, "loadobject:", err)
		os.Exit(1)
	}
}

func show(path string) error {
	spec, err := ebpf.LoadCollectionSpec(path)
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	loaded, err := ebpf.NewCollection(spec)
	if err != nil {
		return fmt.Errorf("loading: %w", err)
	}
	defer loaded.Close()
	names := make([]string, 0, len(loaded.Programs))
	for name := range loaded.Programs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		program := spec.Programs[name]
		fmt.Println("program", name, program.SectionName, uint32(program.Type), uint32(program.AttachType), slots(program))
	}
	for _, name := range []string{".data", ".rodata"} {
		if data := loaded.Maps[name]; data != nil {
			fmt.Println("map", name, data.Type(), data.ValueSize())
		}
	}
	return nil
}

// slots counts as the kernel does: a wide load takes two.
func slots(program *ebpf.ProgramSpec) uint64 {
	var bytes uint64
	for _, insn := range program.Instructions {
		bytes += insn.Size()
	}
	return bytes / 8
}
