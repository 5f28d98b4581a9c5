"""The names of LaTeX's commands and of mark-up's tags that mathematics is written with: they are no words.

The commands of the solutions of the MATH data set (Hendrycks et al. 2021), of amsmath's symbol lists and of ordinary
documents. It need not be complete: a name that is missing counts as what is left out, as code does.
"""

from __future__ import annotations

_COMMANDS = frozenset(
    """
    frac dfrac tfrac cfrac sqrt binom dbinom tbinom boxed fbox left right middle big Big bigg Bigg bigl bigr Bigl
    Bigr biggl biggr Biggl Biggr begin end text textbf textit textrm textsf texttt textnormal textsc textup
    textstyle emph mbox hbox mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathbb Bbb boldsymbol bm
    bold pmb operatorname operatornamewithlimits mathop mathrel mathbin mathord mathstrut displaystyle scriptstyle
    scriptscriptstyle scriptsize small normalsize large Large tiny limits nolimits quad qquad hspace vspace hskip
    vskip kern hfill vfill phantom hphantom vphantom smash cancel bcancel xcancel cancelto underline overline
    overbrace underbrace overset underset stackrel overrightarrow overleftarrow widehat widetilde hat tilde bar vec
    dot ddot dddot check breve acute grave not sum prod coprod int iint iiint oint bigcup bigcap bigoplus bigotimes
    bigvee bigwedge lim limsup liminf sup inf max min arg det dim ker deg gcd lcm hom Pr sin cos tan cot sec csc
    arcsin arccos arctan arccot sinh cosh tanh coth log ln lg exp mod bmod pmod pod cdot cdots ldots dots dotsb
    dotsc dotsm dotsi vdots ddots times div pm mp ast star circ bullet cap cup setminus smallsetminus backslash land
    lor lnot neg wedge vee oplus otimes odot ominus le leq ge geq leqslant geqslant lt gt ne neq ll gg approx equiv
    sim simeq cong propto mid nmid parallel nparallel perp prec succ preceq succeq subset subseteq subsetneq supset
    supseteq nsubseteq in ni notin to gets mapsto longmapsto rightarrow leftarrow leftrightarrow longrightarrow
    longleftarrow Rightarrow Leftarrow Leftrightarrow Longrightarrow Longleftrightarrow implies impliedby iff
    uparrow downarrow updownarrow nearrow searrow swarrow nwarrow xrightarrow xleftarrow hookrightarrow
    rightharpoonup therefore because forall exists nexists emptyset varnothing infty partial nabla angle
    measuredangle triangle square blacksquare Box diamond Diamond lozenge clubsuit diamondsuit heartsuit spadesuit
    checkmark dagger ddagger prime backprime degree celsius ell hbar imath jmath Re Im aleph wp complement top bot
    vdash models alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi
    varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma
    Upsilon Phi Psi Omega lfloor rfloor lceil rceil langle rangle lvert rvert lVert rVert vert Vert lbrace rbrace
    lbrack rbrack hline cline multicolumn arraystretch renewcommand newcommand centerline centering nonumber notag
    tag label ref eqref allowbreak newline linebreak pagebreak noindent par item section subsection subsubsection
    paragraph caption includegraphics footnote color textcolor colorbox raisebox substack choose over atop rm bf it
    cal sf tt cr colon colonequals coloneqq semicolon lq rq dollar rule strut space enspace thinspace relax
    ensuremath url href cis sgn rank tr span bigcirc bigtriangleup bigstar triangleq doteq asymp bowtie frown smile
    S P dag pounds copyright
    """.split()
)

_ENVIRONMENTS = frozenset(
    """
    align aligned alignat alignedat array bmatrix Bmatrix cases center displaymath document enumerate eqnarray
    equation figure flalign gather gathered itemize matrix math multline pmatrix proof smallmatrix split table
    tabular theorem vmatrix Vmatrix verbatim
    """.split()
)

_TAGS = frozenset(
    """
    think thinking answer reasoning solution step b i u p a br hr em strong sub sup code pre ul ol li span div table
    tr td th thead tbody img math mi mn mo eos bos channel message analysis commentary final im start end return eot
    id endoftext of user assistant system
    """.split()
)

NAMES = frozenset(name.lower() for name in _COMMANDS | _ENVIRONMENTS | _TAGS)
"""In lower case."""
