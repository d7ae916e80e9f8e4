"""How often a picture is learnt, and forgotten again, while a net is trained."""

from sota_core.errors import RangeError
from sota_core.functional._arrays import Array, array_namespace, as_array, require_shape


def learning_and_forgetting(is_right: Array) -> tuple[Array, Array]:
    """How often each picture turned from wrong to right, and from right to wrong, between successive looks.

    Shapes
        is_right  (E, M)      true or 1 where picture m is answered rightly at look e; not modified
        returns   (M,), (M,)  int64: learning events, forgetting events

    Raises
        ShapeError  is_right is not (E, M).
        RangeError  is_right holds something other than 0 and 1.

    Source
        Toneva et al., arXiv:1812.05159, section 3. They look at a training picture each time it is in a batch, and
        count it as wrong before its first time; to do the same, put a row of zeros first.

    >>> learnt, forgotten = learning_and_forgetting([[0, 1], [1, 0], [0, 0], [1, 1]])
    >>> learnt.tolist(), forgotten.tolist()
    ([2, 1], [1, 1])
    """
    x = as_array("learning_and_forgetting", "is_right", is_right)
    require_shape("learning_and_forgetting", "is_right", x, "E M")
    xp = array_namespace(x)
    is_other = (x != 0) & (x != 1)
    if bool(xp.any(is_other)):
        raise RangeError(
            f"learning_and_forgetting: is_right must hold only 0 and 1, got {x[is_other][0].item():g}; "
            "did you give probabilities?"
        )
    x = xp.astype(x, xp.int8)
    before, after = x[:-1, :], x[1:, :]
    learnt = xp.sum(xp.astype(after > before, xp.int64), axis=0)
    return learnt, xp.sum(xp.astype(after < before, xp.int64), axis=0)
