// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Lambdas, method references and records of every kind, and the values that they yield. */
public final class Sugar implements Supplier<List<String>> {
    private final List<String> said = new ArrayList<>();
    private final long own = said.size() + 7L;

    record Pair(int a, Object b) {}

    record Every(
            boolean z,
            byte b,
            short s,
            char c,
            int i,
            long j,
            float f,
            double d,
            String text,
            int @Nullable [] array) {}

    record Nothing() {}

    record Custom(int a) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Custom custom && custom.a % 2 == a % 2;
        }

        @Override
        public int hashCode() {
            return a % 2;
        }
    }

    interface Named {
        String name();

        /** Calls a private method of an interface in a lambda. */
        default Supplier<String> greeting() {
            return () -> hello() + name();
        }

        private String hello() {
            return "hello ";
        }
    }

    private static final class Inner implements Named {
        private final String name;

        private Inner(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        Runnable shout(Consumer<String> to) {
            return () -> to.accept(name.toUpperCase(Locale.ROOT));
        }
    }

    @Override
    public List<String> get() {
        captures();
        references();
        conversions();
        records();
        return said;
    }

    private void say(Object what) {
        said.add(String.valueOf(what));
    }

    private void captures() {
        int i = 3;
        long j = 1L << 40;
        double d = 2.5;
        String text = "text";
        IntBinaryOperator sum = (a, b) -> a + b + i;
        say(sum.applyAsInt(1, 2));
        LongBinaryOperator long2 = (a, b) -> a * j + b + own + i;
        say(long2.applyAsLong(2, 3));
        DoubleUnaryOperator scaled = x -> x * d + i + j;
        say(scaled.applyAsDouble(1.5));
        Supplier<Supplier<String>> nested = () -> () -> text + own + j + d;
        say(nested.get().get());
        Runnable told = () -> say("told " + text);
        told.run();
        new Inner("inner").shout(this::say).run();
        say(new Inner("inner").greeting().get());
        say(IntStream.range(0, 3)
                .mapToObj(k -> (Supplier<Integer>) () -> k * i)
                .map(Supplier::get)
                .toList());
    }

    private void references() {
        Function<String, Inner> make = Inner::new;
        say(make.apply("made").name());
        Supplier<List<Object>> list = ArrayList::new;
        say(list.get());
        IntFunction<String[]> array = String[]::new;
        say(array.apply(4).length);
        BiFunction<String, Integer, Character> at = String::charAt;
        say(at.apply("abc", 1));
        Callable<Integer> length = "four"::length;
        try {
            say(length.call());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        List<String> into = new ArrayList<>();
        // The boolean result of `add` is discarded.
        Consumer<String> add = into::add;
        add.accept("added");
        say(into);
        Function<Object, Integer> hash = Object::hashCode;
        say(hash.apply("hash"));
        Map<String, List<Integer>> lists = new TreeMap<>();
        lists.computeIfAbsent("key", key -> new ArrayList<>()).add(5);
        say(lists);
        List<Pair> pairs = new ArrayList<>(List.of(new Pair(2, "b"), new Pair(1, "c"), new Pair(1, "a")));
        pairs.sort(
                Comparator.comparingInt(Pair::a).thenComparing(pair -> pair.b().toString()));
        say(pairs);
    }

    private void conversions() {
        ToLongFunction<Integer> widened = value -> value;
        say(widened.applyAsLong(-5));
        ToLongFunction<Integer> reference = Integer::intValue;
        say(reference.applyAsLong(-6));
        Function<Integer, Long> boxed = value -> (long) value;
        say(boxed.apply(9));
        IntToLongFunction absolute = Math::abs;
        say(absolute.applyAsLong(-8));
        ToDoubleFunction<Long> floating = Long::longValue;
        say(floating.applyAsDouble(1L << 60));
        ToDoubleFunction<Character> letter = Character::charValue;
        say(letter.applyAsDouble('a'));
        // The method returns an object; its type is known only at this call site.
        ToIntFunction<Integer> unboxed = Sugar::same;
        say(unboxed.applyAsInt(4));
        Function<Short, Object> anything = Sugar::narrow;
        say(anything.apply((short) -3));
        Function<Float, Double> fraction = f -> f / 2.0;
        say(fraction.apply(3f));
        ToDoubleFunction<Float> wide = Float::floatValue;
        say(wide.applyAsDouble(1.25f));
    }

    private static <T> T same(T object) {
        return object;
    }

    private static int narrow(int value) {
        return value + 1;
    }

    private void records() {
        int[] array = {1, 2};
        List<Object> all = List.of(
                every(0, array), every(1, array), every(0, new int[] {1, 2}), new Pair(1, List.of()), new Nothing());
        for (Object a : all) {
            for (Object b : all) {
                say(a.equals(b));
            }
        }
        for (int component = 0; component < 9; component++) {
            say(every(-1, array).equals(every(component, array)));
        }
        say(new Pair(1, "x").equals(new Pair(1, String.valueOf('x'))));
        Map<String, Pair> none = Map.of();
        say(new Pair(1, "x").equals(none.get("none")));
        say(new Pair(1, "x").hashCode());
        say(new Nothing().hashCode() + " " + new Nothing().equals(new Nothing()));
        say(new Custom(3).equals(new Custom(5)) + " " + new Custom(5).hashCode());
        say(new Every(true, (byte) -1, (short) -2, 'c', 1 << 30, -1L, -0f, Double.NaN, "t", null).hashCode());
        say(new Every(true, (byte) -1, (short) -2, 'c', 1 << 30, -1L, -0f, Double.NaN, "t", null)
                .equals(new Every(true, (byte) -1, (short) -2, 'c', 1 << 30, -1L, 0f, Double.NaN, "t", null)));
        say(new Every(true, (byte) -1, (short) -2, 'c', 1 << 30, -1L, -0f, Double.NaN, "t", null)
                .equals(new Every(true, (byte) -1, (short) -2, 'c', 1 << 30, -1L, -0f, Double.NaN, "t", null)));
    }

    /** Returns a record that differs in the component of this number. */
    private static Every every(int other, int[] array) {
        return new Every(
                other == 0,
                (byte) (other == 1 ? 1 : 0),
                (short) (other == 2 ? 1 : 0),
                other == 3 ? 'x' : 'y',
                other == 4 ? 1 : 0,
                other == 5 ? 1L << 32 : 0,
                other == 6 ? 1 : 0,
                other == 7 ? 1 : 0,
                other == 8 ? "x" : "y",
                array);
    }
}
