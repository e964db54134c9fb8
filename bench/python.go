package main

import (
	"os"
	"os/exec"
)

// pythonWith is the command that runs a script, in one thread, by a Python that has a module; nil where there is none. Its allocator keeps what is
// freed: pages that are given back and come again with every call can take ten times as long as what is computed in them.
func pythonWith(module, script string) *exec.Cmd {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import "+module).Run() != nil {
			continue
		}
		command := exec.Command(python, "-c", script)
		command.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1",
			"MALLOC_TRIM_THRESHOLD_=1000000000", "MALLOC_MMAP_THRESHOLD_=1000000000")
		command.Stderr = os.Stderr
		return command
	}
	return nil
}
