"""The paper's theorems and facts as experiments on its planted model."""
