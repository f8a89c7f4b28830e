package org.ringwall.bench.compile;

/** A program that does nothing: what starting and ending Java costs by itself. */
public final class Nothing {
    private Nothing() {}

    /** Nothing. */
    public static void main(String[] args) {}
}
