package org.ringwall.conformance.kernel;

/** What the kernel said to one system call of a probe: `errno` 0 is success; `step` names the call that was last made. */
public record Answer(int errno, String step) {
    static final int EPERM = 1;

    /** Whether the kernel refused with this errno. */
    public boolean refusedWith(int number) {
        return errno == number;
    }

    /** Parses what {@link #toString} wrote. */
    static Answer parse(String line) {
        int space = line.indexOf(' ');
        if (space < 0) {
            throw new IllegalStateException("the probe server said `" + line + "`");
        }
        return new Answer(Integer.parseInt(line.substring(0, space)), line.substring(space + 1));
    }

    @Override
    public String toString() {
        return errno + " " + step;
    }
}
