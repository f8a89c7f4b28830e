// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.Allocated;

class PolicyParserTest {
    private static ParseResult parse(String text) {
        return PolicyParser.parse(new SourceFile("p.wall", text));
    }

    private static PolicyFile policy(String text) {
        ParseResult result = parse(text);
        assertThat(result.diagnostics()).isEmpty();
        return result.file().orElseThrow();
    }

    private static Statement.Rule firstRule(PolicyFile file) {
        return (Statement.Rule)
                ((Item.IntentBlock) file.items().get(0)).statements().get(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "not ", "not (", "["})
    void refusesAGuardThatNestsTenThousandDeep(String nest) {
        String text = "policy p\negress {\n  deny if " + nest.repeat(10_000) + "read\n  default deny\n}\n";
        assertThat(parse(text).diagnostics())
                .singleElement()
                .satisfies(d -> assertThat(d.code()).isEqualTo(Code.TOO_DEEP));
    }

    @Test
    void acceptsAGuardAtTheNestingLimit() {
        int depth = Layout.DEEPEST - 1;
        String guard = "(".repeat(depth) + "read" + ")".repeat(depth);
        policy("policy p\nsysctl {\n  deny if " + guard + "\n  default deny\n}\n");
    }

    @Test
    void acceptsTenThousandOperands() {
        String guard = IntStream.range(0, 10_000).mapToObj(i -> "uid == " + i).collect(Collectors.joining(" or\n"));
        PolicyFile file = policy("policy p\nsockets {\n  deny if " + guard + "\n  default deny\n}\n");
        assertThat(firstRule(file).guard())
                .hasValueSatisfying(expr -> assertThat(expr)
                        .isInstanceOfSatisfying(
                                Expr.Or.class, or -> assertThat(or.operands()).hasSize(10_000)));
    }

    @Test
    void theWorkForASetOfAHundredThousandElementsIsLinear() throws Exception {
        long few = set(25_000).bytes();
        Allocated<PolicyFile> many = set(100_000);
        Item.SetDeclaration set = (Item.SetDeclaration) many.result().items().get(0);
        assertThat(set.value().base().elements()).hasSize(100_000);
        assertThat(many.bytes()).isLessThan(few * Allocated.LINEAR_FOR_FOURFOLD);
    }

    private static Allocated<PolicyFile> set(int count) throws Exception {
        String elements = IntStream.range(0, count)
                .mapToObj(i -> "10.%d.%d.%d/32".formatted(i >> 16, (i >> 8) & 255, i & 255))
                .collect(Collectors.joining(",\n  "));
        String text = "policy p\nset feed = {\n  " + elements + "\n}\negress { default deny }\n";
        return Allocated.by(() -> policy(text));
    }

    @Test
    void readsAHundredThousandRules() {
        String rules = IntStream.range(0, 100_000)
                .mapToObj(i -> "  deny if uid == " + i + "\n")
                .collect(Collectors.joining());
        PolicyFile file = policy("policy p\negress {\n" + rules + "  default deny\n}\n");
        assertThat(((Item.IntentBlock) file.items().get(0)).statements()).hasSize(100_001);
    }

    @Test
    void reportsAtMostAHundredErrors() {
        ParseResult result = parse("policy p\negress {\n" + "  alow @ (\n".repeat(100_000) + "}\n");
        assertThat(result.diagnostics()).hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void everyNodeHasTheSpanOfItsText() {
        PolicyFile file =
                policy("policy p // 😀\negress {\n  deny EPERM if (remote.port in { 80, 8000..8099 } and not read)\n"
                        + "  default deny }");
        Statement.Rule rule = firstRule(file);
        assertThat(rule.span().text()).startsWith("deny EPERM").endsWith("read)");
        assertThat(rule.span()).hasToString("p.wall:3:3");
        Expr.And and = (Expr.And) rule.guard().orElseThrow();
        assertThat(and.span().text()).isEqualTo("remote.port in { 80, 8000..8099 } and not read");
        Expr.Member member = (Expr.Member) and.operands().get(0);
        assertThat(member.field().span().text()).isEqualTo("remote.port");
        assertThat(member.set().span().text()).isEqualTo("{ 80, 8000..8099 }");
        Element.Range range = (Element.Range) member.set().base().elements().get(1);
        assertThat(range.span().text()).isEqualTo("8000..8099");
        assertThat(and.operands().get(1).span().text()).isEqualTo("not read");
        Item.IntentBlock block = (Item.IntentBlock) file.items().get(0);
        assertThat(block.head().text()).isEqualTo("egress");
        assertThat(block.span().text()).startsWith("egress {").endsWith("default deny }");
    }

    @Test
    void acceptsEveryLineEnding() {
        for (String end : new String[] {"\n", "\r\n", "\r"}) {
            PolicyFile file = policy("policy p\negress {\n  deny\n  default deny\n}\n".replace("\n", end));
            assertThat(((Item.IntentBlock) file.items().get(0)).statements()).hasSize(2);
        }
    }

    @Test
    void acceptsAByteOrderMark() {
        policy("\uFEFFpolicy p\negress { default deny }\n");
    }
}
