package org.ringwall.conformance.generate;

/** A value and the words of the language that mean it. */
record Written<T>(String text, T value) {}
