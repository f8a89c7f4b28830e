/**
 * The form of a policy. It is read from tokens that a filter has put in order: brackets are balanced, a line end stands
 * only where it ends something, and one stands before and after the `}` of every block and at the end of the file.
 *
 * The error strategy lets an error leave its rule; the innermost `item`, `statement` or `testCase` around it reports it
 * and skips to its own end: so each of them has an error of its own at most, and none hides the next one's. Every
 * decision is made on one token, two at most, so that what is expected is known at each. Alternatives that are marked
 * `mistake` are refused by whoever walks the tree.
 */
parser grammar WallParser;

options { tokenVocab = WallLexer; }

policyFile : ( end | item )* EOF ;

end : NL | SEMI ;

item
    : ( policyName | requires | setDeclaration | param | intentBlock | hookBlock | test | mistakenItem ) end
    ;

policyName : POLICY ident ;

requires : REQUIRES KERNEL version ;

version : INT | DOTTED ;

setDeclaration : SET ident ASSIGN setExpr ;

param : PARAM ident COLON ident IN scalar DOTDOT scalar ASSIGN scalar ;

intentBlock : intent ident? block ;

intent : EGRESS | BIND | SOCKETS | DEVICES | SYSCTL ;

hookBlock : ON ident block ;

block : LB ( end | statement )* RB ;

test : TEST sentence LB ( end | testCase )* RB ;

sentence : STRING ;

// mistake: a word that begins no item
mistakenItem
    : ( ~( POLICY | REQUIRES | SET | PARAM | EGRESS | BIND | SOCKETS | DEVICES | SYSCTL | ON | TEST | NL | SEMI | LB | RB )
      | braces
      )
      junk*
    ;

junk : ~( NL | SEMI | LB | RB ) | braces ;

braces : LB ( junk | end )* RB ;

statement
    : ( verdict guard? | fallback | mistakenStatement ) end
    ;

verdict : ALLOW ident? | DENY ident? ;

// mistake: a guard, an access after `default allow`
fallback : DEFAULT verdict guard? ;

// mistake: a word that begins no rule
mistakenStatement : ( ~( ALLOW | DENY | DEFAULT | NL | SEMI | LB | RB ) | braces ) junk* ;

guard : IF or ;

or : and ( OR and )* ;

and : unary ( AND unary )* ;

unary : NOT* primary ;

primary : LP or RP | atom | reversed ;

atom : dotted ( comparison value | NOT? IN setExpr )? ;

// ASSIGN is a mistake
comparison : EQ | NE | LT | LE | GT | GE | ASSIGN ;

// mistake: the constant stands on the left
reversed : ( literal | STRING ) ( comparison dotted )? ;

setExpr : setTerm ( EXCEPT setTerm )* ;

setTerm : LB ( element ( COMMA element )* COMMA? )? RB | element ;

// A device is no end of a range: its own numbers have ranges.
element : device | scalar ( DOTDOT scalar )? ;

value : device | scalar ;

scalar : literal | STRING | dotted ;

literal : INT | HEX | DOTTED | IPV6 ;

device : ( CHAR | BLOCK ) deviceNumber COLON deviceNumber ;

deviceNumber : STAR | integer ( DOTDOT integer )? ;

integer : INT | HEX ;

testCase
    : ( attempt bindings? identity? ARROW verdict | mistakenCase ) end
    ;

// mistake: a word that begins no attempt
mistakenCase : ( ~( CONNECT | SEND | BIND | SOCKET | OPEN | MKNOD | READ | WRITE | NL | SEMI | LB | RB ) | braces ) junk* ;

attempt
    : ( CONNECT | SEND | BIND ) ident endpoint
    | SOCKET ident ident socketProtocol?
    | OPEN deviceNode ident
    | MKNOD deviceNode
    | ( READ | WRITE ) STRING
    ;

socketProtocol : ident | integer ;

deviceNode : STRING | device ;

// DOTTED without a port, IPV6 without brackets and names are mistakes
endpoint : ( DOTTED | LS IPV6 RS ) ( COLON integer )? | IPV6 | dotted ( COLON integer )? | STRING ;

bindings : WITH binding ( COMMA binding )* ;

binding : ident ASSIGN value ;

identity : AS UID integer ( GID integer )? ;

dotted : ident ( DOT ident )* ;

ident
    : IDENT | POLICY | REQUIRES | KERNEL | SET | PARAM | ON | TEST | WITH | AS | UID | GID | CHAR | BLOCK | EGRESS | BIND
    | SOCKETS | DEVICES | SYSCTL | CONNECT | SEND | SOCKET | OPEN | MKNOD | READ | WRITE
    ;
